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

  // Clocks. The page writes a zone with its offset, "KST (UTC+9)": two clocks are the same where the offsets are.
  const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const shownOffset = (text) => {
    const [, sign, hours, minutes] = /UTC(?:([+-])(\d+)(?::(\d+))?)?/.exec(text) || [];
    return (sign === "-" ? -1 : 1) * (60 * (hours || 0) + Number(minutes || 0));
  };
  const ownOffset = (at) => -new Date(at).getTimezoneOffset();
  const wall = (at, offset) => {
    const shifted = new Date(at + offset * 60000);
    const two = (number) => String(number).padStart(2, "0");
    return {
      weekday: DAYS[shifted.getUTCDay()],
      date: `${shifted.getUTCDate()} ${MONTHS[shifted.getUTCMonth()]}`,
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
  const ownTime = (at) => {
    const { weekday, date, clock } = wall(at, ownOffset(at));
    return `${weekday} ${date}, ${clock} your time (${place(at)})`;
  };

  // Deadlines: the reader's clock first, then how long is left.
  const timers = [];
  for (const time of all("time[data-local=deadline]")) {
    const at = Date.parse(time.dateTime);
    const clocks = time.closest("ul");
    const same = all("time", clocks).find((shown) => shownOffset(shown.textContent) === ownOffset(at));
    const left = make("li", "left");
    if (same) {
      same.after(" · your time");
      same.parentNode.classList.add("mine");
      clocks.prepend(same.parentNode, left);
    } else {
      clocks.prepend(make("li", "mine", ownTime(at)), left);
    }
    timers.push({ at, left, deadline: time.closest(".deadline") });
  }
  const duration = (minutes) => {
    const hours = Math.floor(minutes / 60);
    if (minutes < 1) return "less than a minute";
    if (hours < 1) return `${minutes} min`;
    return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`;
  };
  const tick = () => {
    const now = Date.now();
    for (const { at, left, deadline } of timers) {
      const past = at <= now;
      const text = duration(Math.floor(Math.abs(at - now) / 60000)) + (past ? " ago" : " left");
      if (left.textContent !== text) left.textContent = text;
      deadline.classList.toggle("past", past);
    }
  };
  if (timers.length) {
    tick();
    setInterval(tick, 60000);
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
    time.closest("dt").append(make("span", "mine", text, make("span", "sr", " your time")));
    const note = box.querySelector("[data-zone-note]");
    if (note) note.textContent = `; below each, your time (${place(at)})`;
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
    const button = make("button", "", "Copy");
    button.type = "button";
    button.addEventListener("click", async () => {
      let done = true;
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch {
        getSelection().selectAllChildren(source);
        done = document.execCommand("copy");
      }
      button.textContent = done ? "Copied" : "Selected";
      status.textContent = done ? "Address copied" : "Address selected";
      setTimeout(() => { button.textContent = "Copy"; status.textContent = ""; }, 2500);
    });
    source.after(button);
  }
})();
