//! Visitors, and what each sees: a page in a context of its own, read and used by roles and names, as by a person.

use serde_json::{Value, json};

use super::leash::Browser;

/// Runs before every page's own script.
const WITNESS: &str = "
    globalThis.shifted = 0;
    new PerformanceObserver((list) => {
      for (const shift of list.getEntries()) if (!shift.hadRecentInput) globalThis.shifted += shift.value;
    }).observe({ type: 'layout-shift', buffered: true });
";

/// Below it a page stands still, as the Web Vitals have it.
const MOST_SHIFT: f64 = 0.1;

/// Somebody with a machine.
#[derive(Clone, Copy)]
pub struct Visitor {
    width: u32,
    height: u32,
    scale: u32,
    mobile: bool,
    dark: bool,
    script: bool,
    agent: &'static str,
    language: &'static str,
    zone: &'static str,
    now: &'static str,
}

impl Visitor {
    /// At a desk in Copenhagen.
    pub fn at_a_desk() -> Visitor {
        Visitor {
            width: 1280,
            height: 800,
            scale: 1,
            mobile: false,
            dark: false,
            script: true,
            agent: "",
            language: "en-GB",
            zone: "Europe/Copenhagen",
            now: "",
        }
    }

    /// With a phone in hand.
    pub fn with_a_phone() -> Visitor {
        Visitor { width: 390, height: 844, scale: 2, mobile: true, ..Visitor::at_a_desk() }
    }

    /// The browser calls itself so.
    pub fn calling_itself(self, agent: &'static str) -> Visitor {
        Visitor { agent, ..self }
    }

    /// Likes it dark.
    pub fn in_the_dark(self) -> Visitor {
        Visitor { dark: true, ..self }
    }

    /// Runs no script.
    pub fn without_script(self) -> Visitor {
        Visitor { script: false, ..self }
    }

    /// Sees everything twice as large: what is left of the window is half as wide.
    pub fn twice_as_large(self) -> Visitor {
        Visitor { width: self.width / 2, height: self.height / 2, scale: 2 * self.scale, ..self }
    }

    /// Reads this language.
    pub fn reading(self, language: &'static str) -> Visitor {
        Visitor { language, ..self }
    }

    /// Whose clock is set to this zone and, if it is not empty, this time.
    pub fn with_clock(self, zone: &'static str, now: &'static str) -> Visitor {
        Visitor { zone, now, ..self }
    }

    /// Opens a window. None where there is no browser.
    pub fn arrives(self) -> Option<Page> {
        let browser = Browser::get()?;
        let context = browser.tell("", "Target.createBrowserContext", json!({}));
        let context = context["browserContextId"].as_str().expect("a context").to_owned();
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = browser.tell("", "Target.createTarget", target);
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = browser.tell("", "Target.attachToTarget", attach)["sessionId"].as_str().expect("one").to_owned();
        let page = Page { browser, context, session, runs_scripts: self.script };
        for domain in ["Page", "Runtime", "Network", "Log", "DOM"] {
            page.tell(&format!("{domain}.enable"), json!({}));
        }
        let screen = json!({
            "width": self.width, "height": self.height, "deviceScaleFactor": self.scale, "mobile": self.mobile,
        });
        page.tell("Emulation.setDeviceMetricsOverride", screen);
        page.tell("Emulation.setTimezoneOverride", json!({ "timezoneId": self.zone }));
        page.tell("Emulation.setLocaleOverride", json!({ "locale": self.language }));
        page.tell("Emulation.setTouchEmulationEnabled", json!({ "enabled": self.mobile, "maxTouchPoints": 5 }));
        page.tell("Emulation.setUserAgentOverride", self.name(browser));
        if !self.agent.is_empty() && !self.agent.contains(" Chrome/") {
            page.before_each("delete Navigator.prototype.userAgentData;");
        }
        page.darken(self.dark);
        page.tell("Emulation.setScriptExecutionDisabled", json!({ "value": !self.script }));
        page.before_each(WITNESS);
        if !self.now.is_empty() {
            page.before_each(&format!(
                "(() => {{
                   const Real = Date, ahead = Real.parse('{}') - Real.now();
                   globalThis.Date = class extends Real {{
                     constructor(...given) {{ given.length ? super(...given) : super(Real.now() + ahead); }}
                     static now() {{ return Real.now() + ahead; }}
                   }};
                 }})();",
                self.now
            ));
        }
        Some(page)
    }

    /// What the browser calls itself, in each of the ways in which a page can ask.
    fn name(&self, browser: &Browser) -> Value {
        if self.agent.is_empty() {
            let version = browser.tell("", "Browser.getVersion", json!({}));
            return json!({ "userAgent": version["userAgent"], "acceptLanguage": self.language });
        }
        let (platform, system) = [
            ("iPhone", "iPhone", "iOS"),
            ("Android", "Linux armv81", "Android"),
            ("Windows", "Win32", "Windows"),
            ("Macintosh", "MacIntel", "macOS"),
        ]
        .into_iter()
        .find(|(word, ..)| self.agent.contains(word))
        .map_or(("Linux x86_64", "Linux"), |(_, platform, system)| (platform, system));
        let brand = if self.agent.contains("Edg/") { "Microsoft Edge" } else { "Google Chrome" };
        let about = json!({
            "platform": system, "platformVersion": "", "architecture": "", "model": "", "mobile": self.mobile,
            "brands": [{ "brand": brand, "version": "137" }],
        });
        json!({
            "userAgent": self.agent, "acceptLanguage": self.language, "platform": platform, "userAgentMetadata": about,
        })
    }
}

/// A window of a visitor.
pub struct Page {
    browser: &'static Browser,
    context: String,
    session: String,
    /// Whether its own scripts run, and promises are kept.
    pub runs_scripts: bool,
}

/// Something on the page that has a role and a name.
pub struct Element<'p> {
    page: &'p Page,
    node: u64,
    /// What it is called.
    pub name: String,
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

impl Page {
    fn tell(&self, method: &str, parameters: Value) -> Value {
        self.browser.tell(&self.session, method, parameters)
    }

    fn before_each(&self, script: &str) {
        self.tell("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// The colours of the visitor's system, from now on.
    pub fn darken(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.tell("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Goes to an address, and waits until everything is there.
    pub fn open(&self, address: &str) {
        self.loading(|| {
            let answer = self.tell("Page.navigate", json!({ "url": address }));
            assert_eq!(answer.get("errorText"), None, "{address}");
        });
    }

    /// Does what leads to another page, and waits until that is there.
    pub fn loading(&self, act: impl FnOnce()) {
        let loads = |events: &[Value]| events.iter().filter(|event| event["method"] == "Page.loadEventFired").count();
        let before = self.browser.when("events", &self.session, |events| Some(loads(events)));
        act();
        self.browser.when("another page", &self.session, |events| (loads(events) > before).then_some(()));
    }

    /// The value of an expression.
    pub fn value(&self, expression: &str) -> Value {
        let asked = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.tell("Runtime.evaluate", asked);
        assert_eq!(answer.get("exceptionDetails"), None, "{expression:.200}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true.
    pub fn until(&self, expression: &str) {
        let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while self.value(expression) != true {
            assert!(std::time::Instant::now() < until, "{expression} did not come about");
        }
    }

    /// What can be read on the page.
    pub fn text(&self) -> String {
        self.value("document.body.innerText").as_str().expect("a text").to_owned()
    }

    /// Where the visitor is.
    pub fn address(&self) -> String {
        self.value("location.href").as_str().expect("an address").to_owned()
    }

    /// Keeps a picture of the whole page in the folder that `ALLIM_PICTURES` names, to be looked at.
    pub fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("ALLIM_PICTURES") else { return };
        let size = self.tell("Page.getLayoutMetrics", json!({}))["cssContentSize"].take();
        let clip = json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
        let taken = self.tell("Page.captureScreenshot", json!({ "captureBeyondViewport": true, "clip": clip }));
        let octets =
            mail_parser::decoders::base64::base64_decode(taken["data"].as_str().expect("a picture").as_bytes());
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(std::path::Path::new(&folder).join(format!("{name}.png")), octets.expect("octets"))
            .expect("kept");
    }

    /// What a screen reader would find of a role.
    pub fn all(&self, role: &str) -> Vec<Element<'_>> {
        let document = self.tell("DOM.getDocument", json!({ "depth": 0 }));
        let asked = json!({ "backendNodeId": document["root"]["backendNodeId"], "role": role });
        let found = self.tell("Accessibility.queryAXTree", asked);
        let nodes = found["nodes"].as_array().into_iter().flatten().filter(|node| node["ignored"] != true);
        let element = |node: &Value| Element {
            page: self,
            node: node["backendDOMNodeId"].as_u64().expect("a number"),
            name: node["name"]["value"].as_str().unwrap_or_default().to_owned(),
        };
        nodes.map(element).collect()
    }

    /// The one of a role that is called so, or else the first whose name has this in it.
    pub fn find(&self, role: &str, name: &str) -> Element<'_> {
        let mut all = self.all(role);
        let exact = all.iter().position(|element| element.name == name);
        let at = exact.or_else(|| all.iter().position(|element| element.name.contains(name)));
        let Some(at) = at else { panic!("no {role} \"{name}\" among {all:#?} of {}", self.address()) };
        all.swap_remove(at)
    }

    /// Whether there is one.
    pub fn has(&self, role: &str, name: &str) -> bool {
        self.all(role).iter().any(|element| element.name.contains(name))
    }

    /// Presses a key: `Tab`, `Enter`, ` `.
    pub fn press(&self, key: &str) {
        let (code, number, text) = match key {
            "Tab" => ("Tab", 9, ""),
            "Enter" => ("Enter", 13, "\r"),
            _ => ("Space", 32, " "),
        };
        for kind in [if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "keyUp"] {
            let down = kind != "keyUp";
            let text = if down { text } else { "" };
            let event = json!({
                "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number, "text": text,
            });
            self.tell("Input.dispatchKeyEvent", event);
        }
    }

    /// Writes where the cursor is.
    pub fn write(&self, text: &str) {
        self.tell("Input.insertText", json!({ "text": text }));
    }

    /// Goes on with Tab until what has the focus answers to an expression, of which `it` is that element.
    pub fn tab_to(&self, expression: &str) {
        for _ in 0..400 {
            self.press("Tab");
            if self.value(&format!("(it => Boolean({expression}))(document.activeElement)")) == true {
                return;
            }
        }
        panic!("no Tab leads to {expression} on {}", self.address());
    }

    /// Holds what must be so of every page: it fits, nothing moved under the reader, nothing was complained of, and
    /// nobody else was asked for anything.
    pub fn is_sound(&self) {
        let wide = self.value(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth &&
             [...document.querySelectorAll('body *')].filter((it) =>
               it.getBoundingClientRect().right > document.documentElement.clientWidth + 1).map((it) =>
                 `${it.tagName} ${it.className}: ${it.textContent.slice(0, 40)}`).slice(0, 8).join('; ')",
        );
        assert_eq!(wide, false, "{} is wider than the window", self.address());
        let shifted = self.value("globalThis.shifted ?? 0").as_f64().expect("a number");
        assert!(shifted < MOST_SHIFT, "{} moved by {shifted}", self.address());
        let heard = self.browser.when("events", &self.session, |events| Some(events.to_vec()));
        let own = url::Url::parse(&self.address()).expect("an address").origin();
        for event in heard {
            let told = &event["params"];
            match event["method"].as_str().unwrap_or_default() {
                "Network.requestWillBeSent" => {
                    let address = told["request"]["url"].as_str().expect("an address");
                    let url = url::Url::parse(address).expect("an address");
                    let apart = ["data", "blob", "about"].contains(&url.scheme());
                    assert!(apart || url.origin() == own, "{address} was asked for");
                }
                "Runtime.exceptionThrown" => panic!("{}: {told}", self.address()),
                "Runtime.consoleAPICalled" => {
                    assert!(
                        !["error", "warning", "assert"].contains(&told["type"].as_str().unwrap_or_default()),
                        "{told}"
                    );
                }
                "Log.entryAdded" => {
                    let entry = &told["entry"];
                    // A page that says what is wrong is no fault of the page.
                    let refused = entry["source"] == "network"
                        && entry["text"].as_str().unwrap_or_default().contains(" status of 4");
                    assert!(entry["level"] != "error" || refused, "{entry}");
                }
                _ => {}
            }
        }
    }
}

impl Element<'_> {
    /// Clicks where a finger would.
    pub fn click(&self) {
        let node = json!({ "backendNodeId": self.node });
        self.page.tell("DOM.scrollIntoViewIfNeeded", node.clone());
        let quads = self.page.tell("DOM.getContentQuads", node);
        let corner = |at: usize| quads["quads"][0][at].as_f64().expect("a place");
        let (x, y) = ((corner(0) + corner(4)) / 2.0, (corner(1) + corner(5)) / 2.0);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.page.tell("Input.dispatchMouseEvent", event);
        }
    }

    /// Writes into it, in place of what was there.
    pub fn fill(&self, text: &str) {
        self.page.tell("DOM.focus", json!({ "backendNodeId": self.node }));
        self.ask("function() { this.select(); }");
        self.page.write(text);
    }

    /// What a function of it gives.
    pub fn ask(&self, function: &str) -> Value {
        let object = self.page.tell("DOM.resolveNode", json!({ "backendNodeId": self.node }));
        let call = json!({
            "functionDeclaration": function, "objectId": object["object"]["objectId"], "returnByValue": true,
        });
        let mut answer = self.page.tell("Runtime.callFunctionOn", call);
        assert_eq!(answer.get("exceptionDetails"), None, "{function}");
        answer["result"]["value"].take()
    }

    /// Whether a box is ticked.
    pub fn is_ticked(&self) -> bool {
        self.ask("function() { return this.checked; }") == true
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let context = json!({ "browserContextId": self.context });
        let _ = self.browser.try_to_tell("", "Target.disposeBrowserContext", context);
    }
}
