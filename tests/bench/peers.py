"""Python's icalendar as the benches meet it.

peers.py serve FEED PORT      the Flask application most people would write: the calendar is built for each request
peers.py render FEED...       microseconds an entry, components built and written, a line for each file

FEED is a file the product rendered: its entries are read into plain values first, as a database would hand them over.
"""

import sys
import time

from icalendar import Calendar, Event

KEYS = ["UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "DTSTART", "DTEND"]
TEXTS = ["SEQUENCE", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "STATUS", "TRANSP"]


def plain(path):
    with open(path, "rb") as file:
        calendar = Calendar.from_ical(file.read())
    entries = []
    for event in calendar.walk("VEVENT"):
        entry = [(key, getattr(event[key], "dt", event[key])) for key in KEYS]
        entry += [(key, event[key]) for key in TEXTS if key in event]
        entry.append(("CATEGORIES", ["Talk"]))
        entries.append(entry)
    return entries, calendar.walk("VTIMEZONE")


def build(entries, zones):
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", "-//Peer//EN")
    calendar.add("X-WR-CALNAME", "Sessions")
    for zone in zones:
        calendar.add_component(zone)
    for entry in entries:
        event = Event()
        for key, value in entry:
            event.add(key, value)
        calendar.add_component(event)
    return calendar.to_ical()


def serve(path, port):
    from flask import Flask, Response, request
    from waitress import serve as listen

    entries, zones = plain(path)
    app = Flask(__name__)

    @app.get("/sessions.ics")
    def sessions():
        response = Response(build(entries, zones), mimetype="text/calendar")
        response.add_etag()
        return response.make_conditional(request)

    listen(app, host="127.0.0.1", port=int(port), threads=2)


def render(paths):
    for path in paths:
        entries, zones = plain(path)
        rounds = max(3, 1000 // len(entries))
        times = []
        for _ in range(rounds):
            start = time.process_time()
            build(entries, zones)
            times.append(time.process_time() - start)
        print(sorted(times)[len(times) // 2] / len(entries) * 1e6)


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
else:
    render(sys.argv[2:])
