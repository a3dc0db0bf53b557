"""Vectors of spec/ids.md."""

from formats import canonical, secure_fallback

SF_NAMES = ["IssuerPrefix", "Domain", "Namespace", "Sequence", "EntityType", "YearMonth", "Cycle", "Check"]
C_NAMES = ["Version", "Region", "Jurisdiction", "Sequence", "EntityType", "YearMonth", "TrustLevel", "Check"]


def valid(description, text, check="Ok", lints=()):
    segments = text.split("-")
    profile = "secure-fallback" if len(text) == 22 else "canonical"
    if profile == "secure-fallback":
        cls = "fallback" if segments[1] == "E" else "standard"
    else:
        cls = "error" if segments[1] == "0" else "standard"
    return {"description": description, "text": text, "result": "valid", "profile": profile, "class": cls,
            "check": check, "segments": segments, "lints": list(lints)}


def refused(description, text, result, segment=None):
    case = {"description": description, "text": text, "result": result}
    if segment:
        case["segment"] = segment
    return case


def replaced(text, index, segment):
    segments = text.split("-")
    segments[index] = segment
    return "-".join(segments)


def secure_fallback_cases():
    good = secure_fallback("AA-C-USR-1234-I-8Z-0")
    cases = [
        valid("a permanent id with a fitting check", good),
        valid("a fallback id with a fitting check", secure_fallback("7Q-E-GEN-0000-Z-00-Z")),
        valid("every open segment at its last character", secure_fallback("ZZ-C-ZZZ-9999-Z-ZZ-Z")),
        valid("digits wherever digits may stand", secure_fallback("00-C-AAA-0000-A-00-0")),
        valid("an illustration whose check does not fit", "AA-C-USR-1234-I-25-7-X", "Mismatch"),
        valid("a fallback illustration whose check does not fit", "AA-E-USR-5678-I-25-8-Y", "Mismatch"),
        valid("one digit of the sequence replaced", replaced(good, 3, "1235"), "Mismatch"),
        valid("two neighbours of the sequence swapped", replaced(good, 3, "1243"), "Mismatch"),
        valid("the domain changed from C to E", replaced(good, 1, "E"), "Mismatch"),
        valid("swapped neighbours that the check cannot tell apart: p + a = 18, p + b = 19", swap_twin(), "Ok"),
        valid("the twin of that id", swap_twin(twin=True), "Ok"),
    ]
    bad = [("a", "a lower-case letter"), ("_", "punctuation"), (" ", "a space"), ("é", "a letter of two bytes"),
           ("０", "a full-width digit"), ("\x00", "a zero byte"), ("+", "a plus sign")]
    for index, name in enumerate(SF_NAMES):
        width = len(good.split("-")[index])
        for character, what in bad:
            segment = good.split("-")[index][:-1] + character
            text = replaced(good, index, segment)
            if len(text.encode()) != 22:
                # Keep the length in bytes right, so that the segment itself is judged.
                spare = len(character.encode()) - 1
                if width <= spare:
                    continue
                text = replaced(good, index, good.split("-")[index][: width - 1 - spare] + character)
                cases.append(refused(f"{what} in {name} leaves too few characters", text, "Width", name))
                continue
            cases.append(refused(f"{what} in {name}", text, "Character", name))
    cases += [refused(f"domain {letter}", replaced(good, 1, letter), "Character", "Domain") for letter in "FADc059"]
    cases += [
        refused("a letter in the sequence", replaced(good, 3, "12A4"), "Character", "Sequence"),
        refused("a digit in the namespace", replaced(good, 2, "US1"), "Character", "Namespace"),
        refused("a digit as entity type", replaced(good, 4, "1"), "Character", "EntityType"),
        refused("a letter of two bytes as the whole domain", "AA-é-USR-123-I-25-7-X", "Width", "Sequence"),
        refused("a wide prefix and a narrow sequence", "AAA-C-USR-123-I-8Z-0-A", "Width", "IssuerPrefix"),
        refused("no dashes", "A" * 22, "Width", "IssuerPrefix"),
        refused("only dashes", "-" * 22, "Width", "IssuerPrefix"),
        refused("nine segments", "A-A-C-USR-1234-I-8-Z-0", "Width", "IssuerPrefix"),
        refused("a last segment of another width", "AA-C-USR-1234-I-8Z-0AB", "Width", "Cycle"),
        refused("lower case throughout", good.lower(), "Character", "IssuerPrefix"),
    ]
    return cases


def swap_twin(twin=False):
    """A pair of ids that differ by two swapped neighbours and both fit, searched and not guessed."""
    for first in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for pair in ("01", "12", "23", "34", "45", "56", "67", "78", "89"):
            plain = secure_fallback(f"{first}A-C-USR-00{pair}-I-8Z-0")
            swapped = secure_fallback(f"{first}A-C-USR-00{pair[::-1]}-I-8Z-0")
            if plain[-1] == swapped[-1]:
                return swapped if twin else plain
    raise SystemExit("no such pair")


def canonical_cases():
    good = canonical("03-3-GBR-0042-P-2611-0")
    cases = [valid(f"entity type {letter}", canonical(f"03-1-USA-0650-{letter}-2606-1")) for letter in "PLTEA"]
    cases += [valid(f"trust level {level}", canonical(f"03-9-ZZZ-9999-T-2512-{level}")) for level in range(6)]
    cases += [
        valid("check digits 00", "03-3-GBR-0042-L-2611-0-00"),
        valid("another version", canonical("01-8-DEU-0001-E-0001-3")),
        valid("month 00 is a remark", canonical("03-1-USA-1234-T-2600-0"), lints=["Month"]),
        valid("month 13 is a remark", canonical("03-1-USA-1234-T-2613-0"), lints=["Month"]),
        valid("jurisdiction ERR outside error ids is a remark", canonical("03-1-ERR-0001-T-2611-0"),
              lints=["ReservedJurisdiction"]),
        valid("both remarks", canonical("03-1-ERR-0001-T-2699-0"), lints=["Month", "ReservedJurisdiction"]),
        valid("trust + 1 with check - 1 fits: the known weakness", "03-3-GBR-0042-P-2611-1-27"),
    ]
    base, check = good.rsplit("-", 1)
    for other in range(97):
        if other != int(check) and (other % 12 == 0 or abs(other - int(check)) < 3):
            cases.append(refused(f"check {other:02d} instead of {check}", f"{base}-{other:02d}", "Check"))
    for wanted in (0, 1, 2):
        for sequence in range(10000):
            text = canonical(f"03-1-USA-{sequence:04d}-T-2611-0")
            if int(text[-2:]) == wanted:
                cases.append(refused(f"check {wanted + 97}: the remainder fits, the range does not",
                                     f"{text[:-2]}{wanted + 97}", "Check"))
                break
    for index, name in enumerate(C_NAMES):
        part = good.split("-")[index]
        for character, what in [("x", "a lower-case letter"), ("*", "punctuation"), ("\n", "a line end"), ("-", "a dash")]:
            text = replaced(good, index, part[:-1] + character)
            wanted = "Width" if character == "-" else "Character"
            cases.append(refused(f"{what} in {name}", text, wanted, name))
    for index, segment, name in [(0, "A3", "Version"), (1, "A", "Region"), (2, "US1", "Jurisdiction"),
                                 (3, "00A2", "Sequence"), (4, "S", "EntityType"), (4, "I", "EntityType"),
                                 (4, "1", "EntityType"), (5, "26A1", "YearMonth"), (6, "6", "TrustLevel"),
                                 (6, "E", "TrustLevel"), (7, "2A", "Check"), (7, "+1", "Check"), (7, " 1", "Check")]:
        cases.append(refused(f"{name} {segment!r}", replaced(good, index, segment), "Character", name))
    cases += [
        refused("one digit of the sequence replaced", replaced(good, 3, "0043"), "Check"),
        refused("two neighbours swapped", replaced(good, 3, "0024"), "Check"),
        refused("the type letter replaced", replaced(good, 4, "L"), "Check"),
        refused("a type of three letters", "01-C-ACT-4829-PEO-Q5-7-00", "Width", "EntityType"),
    ]
    return cases


def error_id_cases():
    codes = ["0000", "0001", "0008", "0099"]
    cases = [valid(f"error code {code}", canonical(f"03-0-ERR-{code}-{letter}-2611-0"))
             for code, letter in zip(codes, "PTLA")]
    cases += [
        valid("month 13 of an error id carries no remark", canonical("03-0-ERR-0001-P-2613-0")),
        refused("version 02", canonical("02-0-ERR-0001-P-2611-0"), "Character", "Version"),
        refused("jurisdiction USA", canonical("03-0-USA-0001-P-2611-0"), "Character", "Jurisdiction"),
        refused("sequence 0100", canonical("03-0-ERR-0100-P-2611-0"), "Character", "Sequence"),
        refused("trust 1", canonical("03-0-ERR-0001-P-2611-1"), "Character", "TrustLevel"),
        refused("a wrong check", "03-0-ERR-0001-P-2611-0-05", "Check"),
        refused("version before jurisdiction", canonical("02-0-USA-0100-P-2611-1"), "Character", "Version"),
    ]
    return cases


def length_cases():
    texts = ["", "A", "-", "AA-C-USR-1234-I-25-7", "AA-C-USR-1234-I-25-7-", "AA-C-USR-1234-I-25-7-XX", "03-1-USA-0001-P-251-3-15",
             " AA-C-USR-1234-I-25-7-X", "AA-C-USR-1234-I-25-7-X\n", "03-3-GBR-0042-P-2611-0-28 ", "A" * 10000,
             "AA-C-USR-1234-I-25-7-é", "did:chitty:03-3-GBR-0042-P-2611-0-28", "00-1-ERR-5030-S-0000-0-0",
             "AA–C–USR–1234–I–25–7–X"]
    return [refused(f"{len(text.encode())} bytes", text, "Length") for text in texts]
