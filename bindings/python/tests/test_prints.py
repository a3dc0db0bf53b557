"""What is printed of a record: none of its texts and bytes, whichever record it is."""

import dataclasses
import enum
import typing
import unittest

from chitty._generated import chitty as native

SECRET = "what-no-log-may-hold"


def filled(kind) -> object:
    """A value of `kind` whose texts and bytes are all secret."""
    if kind is str:
        return SECRET
    if kind is bytes:
        return SECRET.encode()
    if kind in (int, bool):
        return kind(1)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    if typing.get_origin(kind) is list:
        return [filled(typing.get_args(kind)[0])]
    if typing.get_origin(kind) is typing.Union:  # what is optional is given
        return filled(typing.get_args(kind)[0])
    hints = typing.get_type_hints(kind.__init__, vars(native))
    hints.pop("return", None)
    return kind(**{name: filled(hint) for name, hint in hints.items()})


def told(value) -> str:
    """What a record holds, printed field by field."""
    if dataclasses.is_dataclass(value):
        return " ".join(told(field) for field in vars(value).values())
    return " ".join(map(told, value)) if isinstance(value, list) else str(value)


class Prints(unittest.TestCase):
    def test_no_text_of_any_record(self):
        kinds = [kind for kind in vars(native).values() if dataclasses.is_dataclass(kind)]
        kinds += [kind for kind in vars(native.Event).values() if isinstance(kind, type)]
        secretive = set()
        for kind in kinds:
            record = filled(kind)
            if SECRET in told(record):
                secretive.add(kind.__name__.removeprefix("Event."))
                for printed in (str(record), repr(record), f"{record}", f"{[record]}"):
                    self.assertNotIn(SECRET, printed)
                    self.assertIn("(", printed)
        # The control: of these the fields were seen to hold it.
        for name in (
            "ClientConfig", "Consent", "CredentialInfo", "HttpHeader", "HttpRequest", "HttpResponse", "IdRequest", "Issued",
            "LifecycleEvent", "ParsedId", "Pending", "PresentationVerdict", "SiteConfig", "StoreRow",
            "Verification", "WalletConfig",
            "FALLBACK_ISSUED", "RECONCILED", "RECOVERED", "WEDGED",
        ):
            self.assertIn(name, secretive)
