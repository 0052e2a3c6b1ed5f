"""No secret and no person's address reaches the log, and reasons stay readable."""

import pytest

from watchkeeper.checks.redaction import MAX_REASON_LENGTH, MAX_TEXT_LENGTH, redact


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("cannot reach postgresql://reader:hunter2@db.example.com:6543/postgres", "hunter2"),
        ("cannot reach postgres://reader:h@nter/2@db.example.com/postgres", "h@nter/2"),
        ("redis+tls://:hunter2@cache", "hunter2"),
        ("host=db password=hunter2 dbname=postgres", "hunter2"),
        ("host=db password='hun ter2' dbname=postgres", "ter2"),
        ('{"username": "reader", "password": "hun\\"ter2"}', "ter2"),
        ('{"username": "reader", "password" : "hunter2"}', "hunter2"),
        ("PGPASSWORD=hunter2 psql", "hunter2"),
        ("client_secret: hunter2", "hunter2"),
        ("apiKey=hunter2&user=1", "hunter2"),
        ("X-Api-Key: hunter2", "hunter2"),
        ("Authorization: Bearer hunter2hunter2", "hunter2"),
        ("sent bearer hunter2hunter2 to the agent", "hunter2"),
        ("key eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZSJ9.c2lnbmF0dXJl is refused", "eyJ"),
        ("AKIAIOSFODNN7EXAMPLE is not allowed", "AKIAIOSFODNN7EXAMPLE"),
        ("no parent ada.lovelace+test@example.co.uk for that child", "lovelace"),
    ],
)
def test_secrets_and_addresses_are_taken_out(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text",
    [
        'password authentication failed for user "watchkeeper_ro"',
        "connection to server at 10.0.0.7, port 6543 failed: Connection refused",
        'Read timeout on endpoint URL: "https://lambda.us-east-1.amazonaws.com/2015-03-31/x"',
        "2 of 8 rules: storytailor-org-health-production is disabled",
        "the token has expired",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_a_reason_is_one_line_of_bounded_length() -> None:
    reason = redact("first\n  second\t" + "x " * 400)
    assert reason.startswith("first second x x x")
    assert len(reason) == MAX_REASON_LENGTH
    assert reason.endswith("…")


def test_half_a_secret_at_the_edge_of_what_is_read_is_left_out() -> None:
    token = "eyJ" + "a" * 1850
    start = f"{token}.{token}.x "
    edge = start + "." * (MAX_TEXT_LENGTH - len(start) - 30) + " postgresql://reader:hunter2"
    reason = redact(f"{edge}hunter2hunter2@db")
    assert reason.startswith("***")
    assert "hunter2" not in reason


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "part",
    [
        "x",
        "-",
        "a.",
        "a:",
        "://",
        "a://",
        "a@",
        "@",
        "eyJ",
        "eyJ.",
        "password",
        'token="',
        "\\",
        "a b",
    ],
)
def test_no_text_keeps_the_checker_busy(part: str) -> None:
    assert len(redact(part * 300_000)) <= MAX_REASON_LENGTH
