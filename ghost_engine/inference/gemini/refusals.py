"""Everything Gemini can say no with, in words: a `ServiceError` with its kind and the remedy.

Both of Google's libraries hand over the status, the JSON document and the headers of a refusal;
what they raise themselves is never chained, since it holds the request and that the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ghost_engine.errors import ServiceError
from ghost_engine.inference.gemini.access import GET_A_KEY, Access

BLOCKS = {
    "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY",
    "MODEL_ARMOR", "JAILBREAK",
}  # fmt: skip
"""Why an answer is withheld: asked again, it will be again."""

_DAY = re.compile(r"per\s?day|daily", re.IGNORECASE)
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s?")
_NO_KEY = ("api key", "api_key", "credits are depleted", "location is not supported")
_LONGEST_WORDS = 300


def refusal(
    status: int, document: object, headers: Mapping[str, str], access: Access, model: str
) -> ServiceError:
    """What an answer with an error status says.

    Args:
        status: of HTTP; 0 where nobody knows.
        document: the body, as JSON.
        headers: of the answer.
        access: the key, to be kept out of the words, and where it came from.
        model: the one that was asked, "" if none.
    """
    error = _error(document)
    said = access.hide(_said(error)) or f"status {status}"
    low = said.lower()
    wait = _wait_seconds(error, headers)
    if status in (401, 403) or status in (400, 429) and any(word in low for word in _NO_KEY):
        return _kind_key(said, access)
    if status == 404:
        return _no_model(said, model)
    if status == 429:
        return _too_much(error, said, wait, model)
    if status == 400 and "modality" in low:
        return ServiceError(
            f"{model} reads no pictures: {said}.", "Choose another model.", kind="model"
        )
    if status >= 500 or status == 408:
        return ServiceError(
            f"Gemini failed by itself: {said} ({status}).",
            "Ask again in a minute, or choose another model.",
            kind="server",
            retry_after_seconds=wait,
        )
    if 300 <= status < 400:
        return not_gemini(access)
    hint = "Send fewer or smaller pictures." if status == 413 else "Ask another way."
    return ServiceError(f"Gemini refused the question: {said} ({status}).", hint, kind="refused")


def blocked(reason: str) -> ServiceError:
    """The prompt or the answer was withheld, or ended for a reason of Gemini's own."""
    if reason not in BLOCKS:
        return ServiceError(
            f"Gemini ended its answer early ({reason}).", "Ask again.", kind="server"
        )
    return ServiceError(
        f"Gemini withholds its answer ({reason}).",
        "Cover what is private or may offend in the screenshot, or ask another engine.",
        kind="blocked",
    )


def cut_off() -> ServiceError:
    """The stream ended in the middle."""
    return ServiceError(
        "The line to Gemini was cut in the middle of the answer.", "Ask again.", kind="cut"
    )


def silent(access: Access, seconds: float) -> ServiceError:
    """Nothing came for that long."""
    return ServiceError(
        f"Gemini at {access.url} has said nothing for {seconds:g} seconds.",
        "Ask again; see https://aistudio.google.com/status if it stays silent.",
        kind="stalled",
    )


def unreachable(access: Access, why: str) -> ServiceError:
    """There was no connection, or it broke before anything came."""
    return ServiceError(
        f"Gemini at {access.url} cannot be reached ({access.hide(why)}).",
        "See to the network and the proxy (HTTPS_PROXY), or ask an engine of this machine.",
        kind="network",
    )


def not_gemini(access: Access) -> ServiceError:
    """Something else answers there: a proxy's page, another server."""
    return ServiceError(
        f"What answers at {access.url} is not Gemini.",
        "See to the proxy and to GOOGLE_GEMINI_BASE_URL.",
        kind="network",
    )


def failed(access: Access, library: str, error: Exception) -> ServiceError:
    """Anything else that went wrong in Google's library."""
    text = " ".join(access.hide(str(error)).split())[:_LONGEST_WORDS]
    return ServiceError(
        f"{library} failed: {type(error).__name__}: {text}",
        f"Update it: pip install -U {library}",
        kind="refused",
    )


def is_about_thinking(error: ServiceError) -> bool:
    """A model cannot be told how much to think, or not so little."""
    return error.kind == "refused" and "thinking" in error.message.lower()


def _kind_key(said: str, access: Access) -> ServiceError:
    hint = GET_A_KEY
    if "credits" in said:
        hint = "Add credits at https://aistudio.google.com, or ask another engine."
    if "location" in said:
        hint = "Google does not offer Gemini there; ask another engine."
    return ServiceError(f"Gemini refuses the key from {access.source}: {said}.", hint, kind="key")


def _no_model(said: str, model: str) -> ServiceError:
    return ServiceError(
        f"Gemini has no model {model!r} for this key: {said}.",
        "Choose one of its list, or leave GHOST_GEMINI_MODEL out.",
        kind="model",
    )


def _too_much(error: Mapping[str, Any], said: str, wait: float | None, model: str) -> ServiceError:
    quotas = " ".join(str(each.get("quotaId", "")) for each in _violations(error))
    if re.search(r"limit: 0\b", said) or _has_no_quota(error):
        return ServiceError(
            f"This key may not ask {model}: {said}.",
            "Choose another model, or set up billing for the key's project.",
            kind="model",
        )
    if _DAY.search(quotas or said):
        left = _seconds_to_midnight()
        return ServiceError(
            f"The day's quota of {model} is used up: {said}.",
            "It begins anew at midnight in California; choose another model until then.",
            kind="day",
            retry_after_seconds=max(wait or 0.0, left or 0.0) or None,
        )
    again = f"in {wait:.0f} s" if wait else "in a minute"
    return ServiceError(
        f"Gemini takes no more questions for the moment: {said}.",
        f"Ask again {again}.",
        kind="rate",
        retry_after_seconds=wait,
    )


def _error(document: object) -> Mapping[str, Any]:
    """The error of a document, which may be the only one of a list, or text of somebody else's."""
    if isinstance(document, list):
        document = document[0] if document else {}
    if not isinstance(document, Mapping):
        return {}
    error = document.get("error", document)
    return error if isinstance(error, Mapping) else {"message": str(error)}


def _said(error: Mapping[str, Any]) -> str:
    """One line of words, without a full stop; nothing of a page of HTML."""
    text = str(error.get("message") or "")
    if text.lstrip().startswith("<"):
        return ""
    return " ".join(text.split())[:_LONGEST_WORDS].rstrip(".")


def _details(error: Mapping[str, Any], kind: str) -> list[Mapping[str, Any]]:
    details = error.get("details")
    return [
        each
        for each in (details if isinstance(details, list) else [])
        if isinstance(each, Mapping) and str(each.get("@type", "")).endswith(f".{kind}")
    ]


def _violations(error: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [each.get("violations") for each in _details(error, "QuotaFailure")]
    return [each for some in found if isinstance(some, list) for each in some]


def _has_no_quota(error: Mapping[str, Any]) -> bool:
    return any(str(each.get("quotaValue", "")) == "0" for each in _violations(error))


def _wait_seconds(error: Mapping[str, Any], headers: Mapping[str, str]) -> float | None:
    """The longer of what the header and the error say."""
    delays = [str(each.get("retryDelay", "")) for each in _details(error, "RetryInfo")]
    found = [float(match[1]) for delay in delays if (match := _SECONDS.fullmatch(delay))]
    header = next((v for name, v in headers.items() if name.lower() == "retry-after"), "").strip()
    if match := _SECONDS.fullmatch(header):
        found.append(float(match[1]))
    elif header:
        with suppress(ValueError, TypeError):
            left = parsedate_to_datetime(header) - datetime.now(UTC)
            found.append(max(0.0, left.total_seconds()))
    return max(found, default=None)


def _seconds_to_midnight() -> float | None:
    """Until the day's quotas begin anew, at midnight Pacific time.

    What Gemini itself says with such a refusal is the wait of the minute's quota.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        now = datetime.now(ZoneInfo("America/Los_Angeles"))
    except ZoneInfoNotFoundError:
        return None
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
