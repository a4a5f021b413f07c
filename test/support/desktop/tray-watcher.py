# Plays the part of a desktop's tray on the session bus (org.kde.StatusNotifierWatcher): tells what the icons that
# register show, one JSON document a line, each time it changes, and presses menu rows that it is told on stdin.
import json
import sys
import threading

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
WATCHER = "org.kde.StatusNotifierWatcher"

DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()


def say(**document):
    print(json.dumps(document), flush=True)


def below(row):
    """All rows under one, those of a submenu after the row that opens it."""
    for child in row[2]:
        yield child
        yield from below(child)


class Icon:
    def __init__(self, destination, path):
        self.destination = destination
        item = dbus.Interface(bus.get_object(destination, path), "org.freedesktop.DBus.Properties")
        self.menu_path = str(item.Get(ITEM, "Menu"))
        self.menu = dbus.Interface(bus.get_object(destination, self.menu_path), MENU)
        self.last = None
        for signal in ("LayoutUpdated", "ItemsPropertiesUpdated"):
            bus.add_signal_receiver(self.show, signal, MENU, destination, self.menu_path)
        self.show()

    def rows(self):
        _, root = self.menu.GetLayout(0, -1, dbus.Array([], signature="s"))
        return [(int(number), properties) for number, properties, _ in below(root)]

    def show(self, *_):
        menu = [
            {
                "label": str(properties.get("label", "")),
                "isEnabled": bool(properties.get("enabled", True)),
            }
            for _, properties in self.rows()
            if properties.get("type") != "separator"
        ]
        if menu != self.last:
            self.last = menu
            say(menu=menu)

    def press(self, label):
        for number, properties in self.rows():
            if str(properties.get("label", "")) == label:
                self.menu.Event(number, "clicked", dbus.String("", variant_level=1), dbus.UInt32(0))
                return
        say(error=f"no row {label}")


class Watcher(dbus.service.Object):
    def __init__(self):
        self.name = dbus.service.BusName(WATCHER, bus)
        super().__init__(bus, "/StatusNotifierWatcher")
        self.icons = []

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        path = service if service.startswith("/") else "/StatusNotifierItem"
        destination = sender if service.startswith("/") else service
        GLib.idle_add(lambda: self.icons.append(Icon(destination, path)) or False)

    @dbus.service.method("org.freedesktop.DBus.Properties", in_signature="ss", out_signature="v")
    def Get(self, _interface, name):
        return {
            "IsStatusNotifierHostRegistered": dbus.Boolean(True),
            "RegisteredStatusNotifierItems": dbus.Array([], signature="s"),
            "ProtocolVersion": dbus.Int32(0),
        }[name]


watcher = Watcher()


def listen():
    for line in sys.stdin:
        label = json.loads(line)["press"]
        GLib.idle_add(lambda: [icon.press(label) for icon in watcher.icons] and False)


threading.Thread(target=listen, daemon=True).start()
say(ready=True)
GLib.MainLoop().run()
