"""Labels of other languages in English."""

from __future__ import annotations

import pytest

from ghost_engine.inference.baseline.language import Language, detect_language, to_english


@pytest.mark.parametrize(
    ("language", "label", "english"),
    [
        ("de", "Rechnungsnr.", "invoice number"),
        ("de", "Rechnungen", "invoice"),
        ("de", "Fällig am", "due"),
        ("de", "Rechnung bearbeiten", "invoice edit"),
        ("de", "Übergeordnete Abteilung", "parent department"),
        ("fr", "N° de facture", "invoice number"),
        ("fr", "Date de facture", "invoice date"),
        ("fr", "Événements", "event"),
        ("es", "Fecha de nacimiento", "birth date"),
        ("es", "Precio unitario", "unit price"),
        ("de", "Blutgruppe", "Blutgruppe"),
        ("en", "Rechnungen", "Rechnungen"),
    ],
)
def test_words_of_business_come_out_as_a_schema_has_them(
    language: Language, label: str, english: str
) -> None:
    assert to_english(label, language) == english


def test_the_language_of_a_page_is_that_of_its_short_texts() -> None:
    german = ["Rechnungen", "Kunde", "Fällig am", "Betrag", "Ann Lee", "INV-1"]
    assert detect_language(german) == "de"
    assert detect_language(["Clients", "Montant", "Échéance", "Modifier", "Statut"]) == "fr"
    assert detect_language(["Clientes", "Importe", "Vencimiento", "Editar", "Fecha"]) == "es"


def test_words_that_english_shares_prove_nothing() -> None:
    shared = ["Documents", "Classes", "Absences", "Agents", "Tickets", "Name", "Status", "Total"]
    assert detect_language(shared) == "en"
    assert detect_language([]) == "en"
