"""The main window: menus, pages, status bar, notices and what else frames the views."""
