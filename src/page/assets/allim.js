// What a script can add to a page that is whole without it: the reader's own clock, the time left, copying, and the
// addresses that a site of files does not know. Nothing here speaks to a server or stores anything.
"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, name, ...children) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children);
    return element;
  };

  const korean = document.documentElement.lang === "ko";
  const say = (english, hangul) => (korean ? hangul : english);

  // Clocks. The page writes a zone with its offset, "KST (UTC+9)": two clocks are the same where the offsets are.
  const DAYS = say("Sun Mon Tue Wed Thu Fri Sat", "일 월 화 수 목 금 토").split(" ");
  const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
  const shownOffset = (text) => {
    const [, sign, hours, minutes] = /UTC(?:([+-])(\d+)(?::(\d+))?)?/.exec(text) || [];
    return (sign === "-" ? -1 : 1) * (60 * (hours || 0) + Number(minutes || 0));
  };
  const ownOffset = (at) => -new Date(at).getTimezoneOffset();
  const wall = (at, offset) => {
    const shifted = new Date(at + offset * 60000);
    const two = (number) => String(number).padStart(2, "0");
    const [weekday, day, month] = [DAYS[shifted.getUTCDay()], shifted.getUTCDate(), shifted.getUTCMonth()];
    return {
      weekday,
      date: say(`${weekday} ${day} ${MONTHS[month]}`, `${month + 1}월 ${day}일(${weekday})`),
      clock: `${two(shifted.getUTCHours())}:${two(shifted.getUTCMinutes())}`,
    };
  };
  const place = (at) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    if (zone.includes("/") && !zone.startsWith("Etc/")) return zone.split("/").pop().replace(/_/g, " ");
    const offset = ownOffset(at);
    const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
    return offset ? `UTC${offset < 0 ? "-" : "+"}${hours}${minutes ? `:${minutes}` : ""}` : "UTC";
  };
  const brieflyOwn = (at) => {
    const { date, clock } = wall(at, ownOffset(at));
    return make("li", "mine", say(`${date}, ${clock} `, `${date} ${clock} `), make("span", "sr", say("your time: ", "내 시간대: ")), place(at));
  };
  const ownTime = (at) => {
    const { date, clock } = wall(at, ownOffset(at));
    return say(`${date}, ${clock} your time (${place(at)})`, `${date} ${clock} ${place(at)} 기준`);
  };

  // A service that lives at another time says so: there its clock holds, and not the reader's.
  const elsewhen = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
  const clock = () => Date.now() + elsewhen;

  // Deadlines: the reader's clock first, then how long is left.
  const timers = [];
  for (const time of all("time[data-local=deadline]")) {
    const at = Date.parse(time.dateTime);
    const clocks = time.closest("ul");
    const same = all("time", clocks).find((shown) => shownOffset(shown.textContent) === ownOffset(at));
    const left = make("li", "left");
    if (same) {
      same.after(say(" · your time", " · 내 시간대"));
      same.parentNode.classList.add("mine");
      clocks.prepend(same.parentNode, left);
    } else {
      clocks.prepend(make("li", "mine", ownTime(at)), left);
    }
    timers.push({ at, left, deadline: time.closest(".deadline") });
  }
  for (const clocks of all(".card .clocks")) {
    const at = Date.parse(clocks.querySelector("time").dateTime);
    const same = all("[data-brief]", clocks).find((shown) => Number(shown.dataset.brief) === ownOffset(at));
    if (same) same.after(say(" · your time", " · 내 시간대"));
    clocks.prepend(same ? same.parentNode : brieflyOwn(at));
  }
  const duration = (minutes) => {
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) return say("less than a minute", "1분 미만");
    if (hours < 1) return say(`${minutes} min`, `${minutes}분`);
    if (hours < 48) return say(`${hours} h ${minutes % 60} min`, `${hours}시간 ${minutes % 60}분`);
    return say(`${Math.floor(hours / 24)} days`, `${Math.floor(hours / 24)}일`);
  };
  const until = (minutes) => `${duration(minutes)}${say(" left", " 남음")}`;

  // The first screen, as it is now: where the page was made at another time, or has been open for long.
  const stage = document.querySelector("[data-stage]");
  const show = (element, shown) => { if (element) element.hidden = !shown; };
  const line = (session, day) => {
    const [start, end] = all(".time > time, .till > time", session).map((time) => time.firstChild.textContent);
    const time = make("span", "time", day, start, make("span", "till", `–${end}`));
    const link = make("a", "", session.querySelector(".title").textContent);
    link.href = session.querySelector(".title a").getAttribute("href");
    const room = session.querySelector(".elsewhere")?.textContent;
    const who = [...session.querySelector(".who")?.childNodes || []].filter((part) => part.nodeType === 3).map((part) => part.data).join("");
    const what = make("span", "what", link);
    if (room || who) what.append(make("span", "who", ...(room ? [make("strong", "", room)] : []), room && who ? " · " : "", who || ""));
    return make("li", "", time, " ", what);
  };
  const sessions = all(".session").map((element) => ({
    element, start: Date.parse(element.dataset.start), end: Date.parse(element.dataset.end), off: element.classList.contains("off"),
  })).sort((one, other) => one.start - other.start);
  const venue = sessions.length ? shownOffset(sessions[0].element.closest("[data-zone]").dataset.zone) : 0;
  const perform = (now) => {
    const [opens, closes] = [Date.parse(stage.dataset.opens), Date.parse(stage.dataset.closes)];
    const phase = now >= closes ? "after" : now >= opens ? "day" : "before";
    for (const part of all("[data-phase]")) show(part, part.dataset.phase === phase);
    const dues = all("[data-due]", stage);
    const next = dues.find((due) => Date.parse(due.dataset.due) > now);
    for (const due of dues) {
      show(due, due === next);
      const left = until(Math.floor((Date.parse(due.dataset.due) - now) / 60000));
      const shown = due.querySelector("[data-left]");
      if (due === next && shown.textContent !== left) shown.textContent = left;
    }
    show(stage.querySelector("[data-none]"), !next);
    const later = all("[data-later]", stage);
    for (const one of later) show(one, next && Date.parse(one.dataset.later) > Date.parse(next.dataset.due));
    if (later.length) show(later[0].parentNode, later.some((one) => !one.hidden));
    const changed = stage.querySelector("[data-changed]");
    const today = Boolean(changed) && wall(Date.parse(changed.dataset.changed), venue).date === wall(now, venue).date;
    show(stage.querySelector("[data-today]"), today);
    show(stage.querySelector("[data-before]"), !today);
    show(stage.querySelector("[data-unchanged]"), !today);
    // Where the page does not know what time it is, what is over comes last.
    const deadlines = document.getElementById("deadlines")?.closest(".part");
    if (phase !== "before" && !stage.dataset.stage && deadlines?.nextElementSibling) deadlines.parentNode.append(deadlines);
    if (phase !== "day") return;
    stage.querySelector("[data-clock]").textContent = wall(now, venue).clock;
    const kept = sessions.filter((session) => !session.off);
    const ahead = kept.filter((session) => session.start > now);
    const starting = (at) => ahead.filter((session) => session.start === at);
    const first = starting(ahead[0]?.start);
    const second = ahead.slice(first.length);
    const then = first.length > 1 || starting(second[0]?.start).length > 1 ? [] : second.slice(0, 3);
    const slots = { now: kept.filter((session) => session.start <= now && now < session.end), next: first, then };
    for (const [name, chosen] of Object.entries(slots)) {
      const slot = stage.querySelector(`[data-slot=${name}]`);
      show(slot, chosen.length);
      slot.querySelector("ul").replaceChildren(...chosen.map(({ element, start }) => {
        const [there, here] = [wall(start, venue), wall(now, venue)];
        return line(element, there.date === here.date ? "" : `${there.weekday} `);
      }));
    }
  };

  const tick = () => {
    const now = clock();
    for (const { at, left, deadline } of timers) {
      const past = at <= now;
      const minutes = Math.floor(Math.abs(at - now) / 60000);
      const text = past ? duration(minutes) + say(" ago", " 지남") : until(minutes);
      if (left.textContent !== text) left.textContent = text;
      deadline.classList.toggle("past", past);
    }
    for (const { element, start, end, off } of sessions) {
      element.classList.toggle("past", end <= now);
      if (start <= now && now < end && !off) element.setAttribute("aria-current", "time");
      else element.removeAttribute("aria-current");
    }
    if (stage) perform(now);
  };
  if (stage || timers.length) {
    tick();
    setTimeout(() => { tick(); setInterval(tick, 60000); }, 60000 - (clock() % 60000));
    document.addEventListener("visibilitychange", tick);
  }

  // Sessions: in a list the bare clock, with a weekday where it is another day there; alone in full.
  for (const time of all("time[data-local=session], time[data-local=entry]")) {
    const at = Date.parse(time.dateTime);
    const box = time.closest("[data-zone]");
    const shown = shownOffset(box.dataset.zone);
    if (shown === ownOffset(at)) continue;
    if (time.dataset.local === "entry") {
      time.closest("p").after(make("p", "mine", ownTime(at)));
      continue;
    }
    const [here, there] = [wall(at, ownOffset(at)), wall(at, shown)];
    const text = here.date === there.date ? here.clock : `${here.weekday} ${here.clock}`;
    if (here.date !== there.date) box.classList.add("shifted");
    time.closest(".time").append(make("span", "mine", text, make("span", "sr", say(" your time", " 내 시간대"))));
    const note = box.querySelector("[data-zone-note]");
    if (note) note.textContent = say(`; below each, your time (${place(at)})`, `, 아래는 내 시간대(${place(at)})`);
  }

  // Addresses, where the page knows only its own paths.
  if (/^https?:$/.test(location.protocol)) {
    for (const element of all("[data-feed]")) {
      const { feed, to, name } = element.dataset;
      const address = new URL(feed, location.href).href;
      const webcal = address.replace(/^https?:/, "webcal:");
      const encoded = encodeURIComponent;
      if (to === "address") element.textContent = address;
      else if (to === "webcal") element.href = webcal;
      else if (to === "google") element.href = `https://calendar.google.com/calendar/u/0/r?cid=${encoded(webcal)}`;
      else element.href = `https://${to}/calendar/0/addfromweb/?url=${encoded(address)}&name=${encoded(name)}`;
      element.closest("[hidden]")?.removeAttribute("hidden");
    }
  }

  // The right way into the calendar for this system and browser first, the others one tap away.
  const WAYS = {
    app: ["elsewhere"], android: ["one", "file", "google"], iphone: ["apple"], iphoneOther: ["elsewhere", "google", "file"],
    mac: ["apple", "google"], windows: ["outlook", "office", "google"], linux: ["others", "google"],
  };
  const agent = navigator.userAgent;
  const has = (pattern) => pattern.test(agent);
  const isApple = has(/iPhone|iPad|iPod/) || has(/Macintosh/) && navigator.maxTouchPoints > 1;
  // What shows a page inside of an iPhone app does not call itself Safari.
  const isApp = has(/KAKAOTALK|NAVER\(inapp|Instagram|FBAN|FBAV|Line\/|; wv\)|DaumApps|LinkedInApp|Twitter for|MicroMessenger/i) || isApple && !has(/Safari\//);
  const platform = isApp ? "app"
    : isApple ? (has(/CriOS|FxiOS|EdgiOS|OPiOS|GSA\//) ? "iphoneOther" : "iphone")
    : has(/Android/) ? "android" : has(/Macintosh/) ? "mac" : has(/Windows/) ? "windows" : has(/Linux|CrOS|X11/) ? "linux" : "";
  const outside = () => {
    if (has(/KAKAOTALK/i)) return `kakaotalk://web/openExternal?url=${encodeURIComponent(location.href)}`;
    if (has(/Android/)) return `intent://${location.href.replace(/^https?:\/\//, "").replace(/#.*/, "")}#Intent;scheme=${location.protocol.slice(0, -1)};end`;
    return "";
  };
  for (const list of WAYS[platform] ? all("[data-ways]") : []) {
    const items = all("[data-way]", list);
    const first = WAYS[platform].flatMap((way) => items.filter((item) => item.dataset.way === way));
    const rest = items.filter((item) => !first.includes(item) && item.dataset.way !== "elsewhere");
    for (const item of first.filter((item) => item.dataset.way === "elsewhere")) {
      item.hidden = false;
      const link = item.querySelector("[data-open]");
      item.querySelector("[data-here]").textContent = location.href.replace(/#.*/, "");
      if (isApp && outside()) { link.href = outside(); link.hidden = false; }
    }
    first.find((item) => !item.querySelector(".button").hidden)?.querySelector(".button").classList.add("main");
    list.replaceChildren(...first);
    const others = make("details", "others", make("summary", "", say("Another calendar, another device", "다른 캘린더, 다른 기기")), make("ul", "ways", ...rest));
    list.after(others);
  }

  // The zone of a form, where its reader has not chosen another.
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  for (const field of own.includes("/") || own === "UTC" ? all("[data-guess=zone]") : []) {
    const options = all("option", field);
    if (options.length ? !field.selectedOptions[0]?.defaultSelected : field.value !== field.defaultValue) continue;
    if (options.length && !options.some((option) => option.value === own)) field.append(new Option(own));
    field.value = own;
  }

  // Copying.
  const copies = all("[data-copy]");
  const status = make("p", "sr");
  status.setAttribute("role", "status");
  if (copies.length) document.body.append(status);
  for (const source of copies) {
    const button = make("button", "", say("Copy", "복사"));
    button.type = "button";
    button.addEventListener("click", async () => {
      let done = true;
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch {
        getSelection().selectAllChildren(source);
        done = document.execCommand("copy");
      }
      button.textContent = done ? say("Copied", "복사됨") : say("Selected", "선택됨");
      status.textContent = done ? say("Address copied", "주소를 복사했습니다") : say("Address selected", "주소를 선택했습니다");
      setTimeout(() => { button.textContent = say("Copy", "복사"); status.textContent = ""; }, 2500);
    });
    source.after(button);
  }
})();
