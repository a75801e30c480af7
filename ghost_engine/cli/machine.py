"""`ghost doctor`."""

from __future__ import annotations

from ghost_engine.cli.say import AsJson, say, say_json


def doctor(as_json: AsJson = False) -> int:
    """What this machine has, and what to do about what it lacks."""
    from ghost_engine.doctor import examine, is_fit

    findings = examine(thorough=True)
    if as_json:
        say_json({"ok": is_fit(findings), "checks": [each.to_dict() for each in findings]})
    else:
        for each in findings:
            hint = f"  ({each.hint})" if each.hint else ""
            say(f"{each.status:8} {each.name}: {each.detail}{hint}")
    return 0 if is_fit(findings) else 1
