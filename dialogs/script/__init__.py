"""The speech script: its form, reading it and checking it."""

from dialogs.script.check import check_script
from dialogs.script.load import NAMES, ScriptError, files_of, load_files, load_script
from dialogs.script.model import Script

__all__ = ["NAMES", "Script", "ScriptError", "check_script", "files_of", "load_files", "load_script"]
