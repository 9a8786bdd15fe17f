"""The web page of `run`: in a real browser, for programs, and against who should not see it."""

import csv
import io
import json
import os
import re
import signal
import socket
import ssl
import time

import pytest
import yaml

from support import places
from support.browser import PHONE
from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.waiting import wait_until
from support.web import Web, new_certificate, next_event

OPENAPI = places.ROOT / "src" / "web" / "openapi.yaml"
HOSTILE = [
    "<script>window.owned=1</script>",
    "<img src=x onerror=window.owned=1>",
    "=1+1",
    "Café \u202egnirts",
    "two\nlines",
]


@pytest.fixture
def serve(pipelines, tmp_path):
    """serve(messages, *flags) starts a run that reads them from a file, to which more() adds: (pipeline, running,
    web)."""

    class Served:
        def __init__(self, messages, *flags, changes=(), http="0"):
            self.pipeline = pipelines(ECOMMERCE, changes=changes)
            self.orders = tmp_path / "orders.jsonl"
            self.orders.write_bytes(lines(messages))
            self.pipeline.reads(self.orders)
            self.running = self.pipeline.start("--quiet", "--http", http, *flags)
            self.web = Web(self.running)

        def more(self, messages):
            with open(self.orders, "ab") as file:
                file.write(lines(messages))

    return Served


FIRST = [order(("Laptop", "2", "1234.50")), order(("Mouse", "3", "10.25"), ("Laptop", "1", "0.5"))]
MOUSE, LAPTOP = ["Mouse", "30.75", "1.23 %"], ["Laptop", "2,469.50", "98.77 %"]


# In a browser.


def test_totals_appear_and_change_without_a_reload(serve, browser):
    served = serve(FIRST)
    browser.open(served.web.url)
    browser.wait_for(lambda page: page.rows() == [LAPTOP, MOUSE])
    assert browser.text("#orders") == "2" and browser.text("#revenue") == "2,500.25"
    assert browser.text("h1") == "ecommerce_sales"
    assert "Complete: every order that was in the source at" in browser.text("#complete")
    browser.script("window.marked = true")
    served.more([order(("Mouse", "1", "9999999999.999999999")), b"{"])
    browser.wait_for(lambda page: page.text("#orders") == "3")
    assert browser.rows()[0][:2] == ["Mouse", "10,000,000,030.749999999"]  # to the last digit
    browser.wait_for(lambda page: page.text("#rejects") == "1")
    assert "not JSON" in browser.text("#rejects-card") and "invalid_json" in browser.text("#rejects-card")
    assert browser.script("return window.marked") is True
    assert browser.complaints() == []

    assert served.running.terminate() == 0
    browser.wait_for(lambda page: page.text("#state-text") == "Run ended")
    assert browser.rows()[0][1] == "10,000,000,030.749999999"


def test_names_are_text_and_no_other_host_is_asked(serve, browser):
    served = serve([order(*((name, "1", "5") for name in HOSTILE))])
    browser.open(served.web.url)
    browser.wait_for(lambda page: len(page.rows()) == len(HOSTILE))
    assert {row[0] for row in browser.rows()} == set(HOSTILE)
    browser.type("#filter", "<script>")
    browser.wait_for(lambda page: [row[0] for row in page.rows()] == [HOSTILE[0]])
    assert browser.script("return window.owned") is None
    assert browser.script("return document.querySelectorAll('img, table script, iframe, [onerror]').length") == 0
    assert browser.complaints() == []
    asked = browser.requests()
    assert len(asked) > 5 and {url for url in asked if not url.startswith((served.web.url, "data:", "about:"))} == set()

    # What a mistake of ours would let in, the policy keeps out.
    browser.script(
        "const image = document.createElement('img'); image.src = 'https://elsewhere.example/x.png';"
        "document.body.append(image); const script = document.createElement('script');"
        "script.textContent = 'window.owned = 1'; document.body.append(script);"
    )
    complaints = " ".join(browser.wait_for(lambda page: page.complaints()))
    assert "Content Security Policy" in complaints
    assert browser.script("return window.owned") is None


def test_it_speaks_the_browsers_language(serve, browser):
    served = serve([*FIRST, b"{"])
    browser.open(served.web.url, language="pt-BR")
    browser.wait_for(lambda page: page.rows() == [["Laptop", "2.469,50", "98,77 %"], ["Mouse", "30,75", "1,23 %"]])
    assert browser.script("return document.documentElement.lang") == "pt-BR"
    assert "Completo: todo pedido que estava na origem em" in browser.text("#complete")
    assert browser.text("#shown") == "2 de 2 linhas" and browser.text("#state-text") == "Em dia"
    assert "não é JSON" in browser.text("#rejects-card")
    assert browser.script("return [...document.querySelectorAll('[data-text]')].every(each => each.textContent)")
    link = browser.script("return document.querySelector('#download').href")
    assert served.web.request(link.removeprefix(served.web.url))[2].decode() == (
        "\ufeffproduct_name;total_sales\r\nLaptop;2469,50\r\nMouse;30,75\r\n"
    )
    for language, shown in (("pt-PT", "pt-BR"), ("fr-FR", "en"), ("de,pt-BR", "pt-BR")):
        browser.open(served.web.url, language=language)
        browser.wait_for(lambda page, shown=shown: page.script("return document.documentElement.lang") == shown)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_it_fits_a_phone_in_light_and_dark(serve, browser, dark):
    served = serve(
        [*FIRST, order(("A product with a name of many words, and OneThatIsLongerThanTheScreen" * 2, "1", "1"))]
    )
    browser.open(served.web.url, size=PHONE, dark=dark)
    browser.wait_for(lambda page: len(page.rows()) == 3)
    assert browser.script("return document.documentElement.scrollWidth") == PHONE[0]
    for part in ("#complete", ".tiles", "#leaders-chart", "#rate-chart", "#rows", "#filter", "#download"):
        assert browser.is_visible(part), part
    background = browser.script("return getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background)[:3])) < 3 * 64) == dark
    assert browser.script(CONTRASTS) == []


# Text whose contrast with its background is below 4.5 (WCAG 2.1, 1.4.3).
CONTRASTS = """
const channel = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const weights = [0.2126, 0.7152, 0.0722];
const luminance = (rgb) => rgb.map((c) => channel(c / 255)).reduce((sum, c, i) => sum + c * weights[i], 0);
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const background = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const color = parse(getComputedStyle(at).backgroundColor);
    if (color.length < 4 || color[3] === 1) return color.slice(0, 3);
  }
  return [255, 255, 255];
};
const low = [];
for (const element of document.querySelectorAll('body *')) {
  const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!hasText || !element.checkVisibility()) continue;
  const [a, b] = [luminance(parse(getComputedStyle(element).color).slice(0, 3)), luminance(background(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) low.push(`${element.tagName} ${element.textContent.slice(0, 20)} ${contrast.toFixed(1)}`);
}
return low;
"""


def test_the_keyboard_and_a_screen_reader_suffice(serve, browser):
    served = serve(FIRST)
    browser.open(served.web.url)
    browser.wait_for(lambda page: len(page.rows()) == 2)
    sorting = "return [...document.querySelectorAll('#columns th')].map(each => each.getAttribute('aria-sort'))"
    assert browser.script(sorting) == [None, "descending", None]

    browser.script("document.querySelector('#filter').focus()")
    while browser.focused() != ["BUTTON", "product_name"]:
        browser.press("TAB")
        assert browser.focused() != ["A", "API"], "no button to sort with before the page's end"
    browser.press("ENTER")
    assert browser.script(sorting) == ["ascending", None, None]
    browser.press("ENTER")
    browser.wait_for(lambda page: [row[0] for row in page.rows()] == ["Mouse", "Laptop"])
    assert browser.script(sorting) == ["descending", None, None]
    assert "sorted by product_name, descending" in browser.text("caption")

    browser.type("#filter", "LAP")
    browser.wait_for(lambda page: [row[0] for row in page.rows()] == ["Laptop"])
    assert browser.wait_for(lambda page: page.text("[role=status]") == "1 of 1 rows that match")
    # Everything that can be used has a name, and images their text.
    assert (
        browser.script(
            """return [...document.querySelectorAll('button, a, input, select, canvas')].filter(
        each => each.checkVisibility() && !(each.textContent.trim() || each.getAttribute('aria-label')))
        .map(each => each.id)"""
        )
        == []
    )
    assert "First: Laptop, 2,469.50" in browser.script(
        "return document.querySelector('#leaders-chart').getAttribute('aria-label')"
    )
    assert browser.script("return document.querySelectorAll('#rows th[scope=row]').length") == 1


def test_several_tables_by_several_keys(serve, browser):
    more = (
        "totals:\n",
        "totals:\n  by_client:\n    by: [client, product]\n"
        "    columns: {who: client, what: product, items: units, orders: orders}\n",
    )
    served = serve([order((f"product {i:03}", str(i + 1), "1")) for i in range(250)], changes=[more])
    browser.open(served.web.url)
    browser.wait_for(lambda page: len(page.rows()) == 100)
    assert browser.rows()[0][:4] == ["529.982.247-25", "product 249", "250", "1"]
    assert browser.text("#shown") == "100 of 250 rows"
    browser.click("#more")
    browser.wait_for(lambda page: len(page.rows()) == 200)
    browser.choose("#table-select", "product_sales")
    browser.wait_for(lambda page: page.rows() and page.rows()[0][:2] == ["product 249", "250.00"])
    assert len(browser.rows()) == 100


# For programs.


def schema_of(node, document):
    while "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        node = found
    return node


def check(value, schema, document, where):
    """`value` is what the schema says, with all that it requires and nothing that it doesn't name."""
    schema = schema_of(schema, document)
    if value is None:
        assert schema.get("nullable"), f"{where} is null"
        return
    if "allOf" in schema:
        parts = [schema_of(part, document) for part in schema["allOf"]]
        flat = []
        for part in parts:
            flat += [schema_of(each, document) for each in part.get("allOf", [part])]
        schema = {
            "type": "object",
            "required": sum((part["required"] for part in flat), []),
            "properties": {name: of for part in flat for name, of in part["properties"].items()},
        }
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
    if "type" in schema:
        assert isinstance(value, kinds[schema["type"]]), f"{where} is {value!r}, no {schema['type']}"
    assert "enum" not in schema or value in schema["enum"], f"{where} is {value!r}"
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), where
        for name, each in value.items():
            of = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
            assert of, f"{where}.{name} is not described"
            check(each, of, document, f"{where}.{name}")
    if isinstance(value, list):
        for each in value:
            check(each, schema["items"], document, f"{where}[]")


def test_the_api_is_what_its_description_says(serve):
    served = serve([*FIRST, b"{"])
    web = served.web
    web.wait_for_orders(2)
    described = yaml.safe_load(OPENAPI.read_text())
    served_paths = set(re.findall(r'"(/api/[\w./]+)"', (places.ROOT / "src/web/site.cc").read_text())) | {
        "/api/openapi.yaml"
    }
    assert served_paths == set(described["paths"])
    assert web.request("/api/openapi.yaml")[2] == OPENAPI.read_bytes()
    with web.stream() as connection:
        event = next_event(connection.makefile())
    check(event, described["components"]["schemas"]["State"], described, "event")
    for path, of in described["paths"].items():
        ((media, content),) = of["get"]["responses"]["200"]["content"].items()
        if path == "/api/stream":
            continue
        status, headers, body = web.request(path)
        assert status == 200 and headers["Content-Type"].startswith(media), path
        assert web.status(path, method="HEAD") == 200 and web.status(path, method="POST") == 405, path
        if media == "application/json":
            check(json.loads(body), content["schema"], described, path)
        for parameter in of["get"].get("parameters", ()):
            assert web.status(f"{path}?{schema_of(parameter, described)['name']}=%20wrong%20") in (200, 400)

    totals = web.json("/api/totals", sort="product_name", order="desc", filter="o", limit=1)
    assert [row["values"] for row in totals["rows"]] == [["Mouse", "30.75"]] and totals["matching"] == 2
    assert web.json("/api/rejects")["by_reason"] == {"invalid_json": 1}
    found, _, body = web.request("/api/totals?table=none")
    assert found == 400 and "no totals table none" in json.loads(body)["error"]


def test_a_large_table_is_downloaded_whole(serve):
    many = [
        order(*((f"product {i}", "1", f"{i}.25") for i in range(first, first + 100))) for first in range(0, 6000, 100)
    ]
    served = serve([*many, order((HOSTILE[2], "1", "7"))])
    served.web.wait_for_orders(61)
    found = served.web.json("/api/totals", limit=1000, offset=4900)
    assert (found["all_rows"], found["rows_searched"], len(found["rows"])) == (6001, 5000, 100)
    _, headers, body = served.web.request("/api/totals.csv")
    assert headers["Content-Disposition"] == 'attachment; filename="product_sales.csv"'
    rows = list(csv.reader(io.StringIO(body.decode(), newline="")))
    printed = list(
        csv.reader(
            io.StringIO(
                served.pipeline.program.run(
                    "totals", served.pipeline.path, *served.pipeline.source, "--format", "csv"
                ).stdout,
                newline="",
            )
        )
    )
    assert rows[0] == printed[0] and ["'" + HOSTILE[2], "7.00"] in rows
    assert sorted(map(tuple, rows)) == sorted(
        ("'" + name if name == HOSTILE[2] else name, total) for name, total in printed
    )


def test_long_names_make_no_long_answer(serve):
    served = serve([order((f"{i:03} " + "x" * 32_000, "1", f"{1000 - i}")) for i in range(200)])
    web = served.web
    web.wait_for_orders(200)
    found = web.json("/api/totals", limit=1000)
    assert (found["all_rows"], found["more"]) == (200, True)
    assert found["rows_searched"] == found["matching"] == (4 << 20) // 32_004 and len(found["rows"]) == 32
    after = web.json("/api/totals", limit=1000, offset=len(found["rows"]))
    assert after["rows"][0]["values"][0].startswith(f"{len(found['rows']):03} ")
    last = web.json("/api/totals", limit=1000, offset=found["matching"] - 1)
    assert len(last["rows"]) == 1 and not last["more"]


def test_the_page_says_how_far_behind_kafka_it_is(kafka, pipelines, browser):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3))
    pipeline.produce("--count", "3000", "--rate", "max", "--seed", "5", "--faults", "malformed=0.01,wrong_total=0.01")
    running = pipeline.start("--quiet", "--http", "0")
    web = Web(running)
    web.wait_for_orders(pipeline.truth["orders"])
    status = wait_until(lambda: (lambda s: s["complete"]["everything"] and s)(web.json("/api/status")))
    assert status["lag"] == {"count": 0, "unit": "messages", "seconds": 0}
    assert abs(status["complete"]["through_ms"] / 1000 - time.time()) < 60
    assert sum(status["rejects"].values()) == pipeline.truth["rejects"]
    assert sum(each["next_offset"] for each in status["partitions"]) == 3000
    browser.open(web.url)
    browser.wait_for(lambda page: page.text("#lag-note") == "messages; nothing is missing")
    shown = {row[0]: row[1].replace(",", "") for row in browser.rows()}
    (table,) = pipeline.tables()
    assert shown == {key[0]: row["total_sales"] for key, row in table.expected(pipeline.truth).items()}
    assert running.terminate() == 0


def test_a_pipe_has_no_end_to_be_behind(pipelines, browser, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    pipeline = pipelines(ECOMMERCE)
    running = pipeline.start("--quiet", "--http", "0", "--input", tmp_path / "pipe")
    with open(tmp_path / "pipe", "wb") as pipe:
        pipe.write(lines(FIRST))
        pipe.flush()
        web = Web(running)
        web.wait_for_orders(2)
        assert web.json("/api/pipeline")["has_end"] is False
        status = web.json("/api/status")
        assert status["lag"]["count"] is None and status["complete"] == {"everything": False, "through_ms": None}
        browser.open(web.url)
        browser.wait_for(lambda page: page.rows() == [LAPTOP, MOUSE])
        assert "no end" in browser.text("#complete") and not browser.is_visible("#lag")
    assert running.wait() == 0


# Who may see it, and from where.


def test_nothing_but_requests_for_this_machine_is_answered(serve):
    web = serve(FIRST).web
    status, headers, _ = web.request("/")
    assert status == 200
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "same-origin"
    assert web.status("/", headers={"Host": "evil.example"}.items()) == 421
    assert web.status("/api/totals", headers={"Host": f"evil.example:{web.port}"}.items()) == 421
    assert web.status("/", headers={"If-None-Match": headers["ETag"]}.items()) == 304
    for path in ("/none", "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/page/index.html", "/api", "/login2"):
        assert web.status(path) == 404, path
    assert web.status("/" + "a" * 9000) == 414
    assert web.status("/", headers={"X": "a" * 9000}.items()) == 431
    assert web.raw(b"\x00\x01\x02\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert web.status("/", method="POST", body=b"x" * 100_000) == 413
    assert web.status("/login", method="POST", body=b"token=x") == 405  # there is no token


def test_other_machines_need_the_token(serve, browser, pipelines, tmp_path):
    pipeline = pipelines(ECOMMERCE)
    refused = pipeline.program.run("run", pipeline.path, "--http", "0.0.0.0:0", status=2)
    assert "--http-token-file" in refused.stderr

    token, file = "correct horse battery staple".replace(" ", "-"), tmp_path / "token"
    file.write_text(token + "\n")
    served = serve(FIRST, "--http-token-file", file, http="0.0.0.0:0")
    url = served.web.url.replace("0.0.0.0", "127.0.0.1")
    bearer = {"Authorization": f"Bearer {token}", "Host": "any.example"}.items()
    assert served.web.status("/api/totals") == 401 and served.web.status("/chart.js") == 401
    assert served.web.status("/none") == 401
    assert served.web.status("/api/totals", headers=bearer) == 200
    assert token not in served.running.stderr
    assert served.web.status("/api/totals", headers=[("Authorization", f"bearer {token}")]) == 200

    def log_in(*headers, given=token):
        return served.web.request("/login", method="POST", body=f"token={given}", headers=headers)

    assert log_in(("Origin", "http://evil.example"))[0] == 403
    answer, headers, _ = log_in(
        ("Origin", f"http://any.example:{served.web.port}"), ("Host", f"any.example:{served.web.port}")
    )
    cookie = [("Cookie", headers["Set-Cookie"].split(";")[0])]
    assert answer == 303 and served.web.status("/api/totals", headers=cookie) == 200
    assert served.web.status("/logout", method="POST", headers=cookie) == 303
    assert served.web.status("/api/totals", headers=cookie) == 401, "somebody may have kept it"

    browser.open(url, language="pt-BR")
    assert browser.url() == f"{url}/login"
    browser.wait_for(lambda page: page.text("button") == "Entrar")
    browser.type("#token", "wrong")
    browser.press("ENTER")
    browser.wait_for(lambda page: page.is_visible("#wrong"))
    browser.type("#token", token)
    browser.press("ENTER")
    browser.wait_for(lambda page: len(page.rows()) == 2)
    assert browser.url() == f"{url}/"
    assert browser.script("return document.cookie") == ""
    assert browser.complaints() == [] or all("401" in each for each in browser.complaints())

    cookie = [("Cookie", log_in()[1]["Set-Cookie"].split(";")[0])]
    found = [log_in(given=f"wrong{i}")[0] for i in range(300)]
    assert found.count(429) > 200 and 1 <= served.running.stderr.count("wrong token") <= 3
    assert "for the web page, from 127.0.0.1" in served.running.stderr
    assert served.web.status("/api/totals", headers=cookie) == 200, "who is logged in stays so"


def test_it_is_served_over_tls(pipelines, tmp_path, browser):
    token, file = "correct-horse-battery-staple", tmp_path / "token"
    file.write_text(token)
    certificate, key = new_certificate(tmp_path, "server")
    pipeline, orders = pipelines(ECOMMERCE), tmp_path / "orders.jsonl"
    orders.write_bytes(lines(FIRST))
    pipeline.reads(orders)
    running = pipeline.start("--quiet", "--http", "0", "--http-token-file", file, "--http-tls", certificate, key)
    web = Web(running, certificate)
    assert re.fullmatch(r"https://127\.0\.0\.1:\d+", web.url)
    bearer = {"Authorization": f"Bearer {token}"}.items()
    assert web.status("/healthz") == 200 and web.status("/api/totals") == 401
    assert web.status("/chart.js", headers=bearer) == 200
    wait_until(lambda: json.loads(web.request("/api/status", headers=bearer)[2])["orders"] == 2)
    with web.stream(headers=bearer) as connection:
        assert next_event(connection.makefile())["tables"][0]["rows"][0]["values"] == ["Laptop", "2469.50"]
    _, headers, _ = web.request("/login", method="POST", body=f"token={token}")
    assert headers["Set-Cookie"].endswith("; HttpOnly; SameSite=Strict; Path=/; Secure")

    with pytest.raises(ssl.SSLError):  # whom it does not know, a client does not trust
        Web(running, new_certificate(tmp_path, "another")[0]).status("/healthz")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode, old.maximum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError), socket.create_connection((web.host, web.port), timeout=20) as connection:
        old.wrap_socket(connection)
    began = time.monotonic()
    plain = web.raw(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert plain.startswith(b"HTTP/1.1 400 ") and b"https://" in plain and time.monotonic() - began < 5

    browser.open(web.url)
    browser.type("#token", token)
    browser.press("ENTER")
    browser.wait_for(lambda page: page.rows() == [LAPTOP, MOUSE])
    assert running.terminate() == 0
    browser.wait_for(lambda page: page.text("#state-text") == "Run ended")


def test_tls_files_that_are_not_what_they_should_be(pipelines, tmp_path):
    pipeline = pipelines(ECOMMERCE)
    certificate, key = new_certificate(tmp_path, "server")
    _, another = new_certificate(tmp_path, "another")
    text, missing = tmp_path / "text", tmp_path / "missing.pem"
    text.write_text("hello")

    def refused(*flags):
        return pipeline.program.run("run", pipeline.path, *flags, status=2).stderr

    assert f"--http-tls {missing}: No such file or directory" in refused("--http", "0", "--http-tls", missing, key)
    assert f"--http-tls {missing}: No such file or directory" in refused(
        "--http", "0", "--http-tls", certificate, missing
    )
    assert f"--http-tls {text}: no certificate in it" in refused("--http", "0", "--http-tls", text, key)
    assert f"--http-tls {text}: no private key in it" in refused("--http", "0", "--http-tls", certificate, text)
    assert f"--http-tls {another}: not the key of the certificate in {certificate}" in refused(
        "--http", "0", "--http-tls", certificate, another
    )
    assert "--http-tls needs --http" in refused("--http", "off", "--http-tls", certificate, key)
    assert "--http-tls" in refused("--http", "0", "--http-tls", certificate)


def test_health_is_answered_however_many_read_slowly(serve):
    web = serve([order(*((f"product {i}", "1", "1") for i in range(1000)))]).web
    web.wait_for_orders(1)
    asked = b"GET /chart.js HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100
    slow = []
    try:
        while len(slow) < 320:
            connection = socket.socket()
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(20)
            connection.connect((web.host, web.port))
            connection.sendall(asked)
            assert connection.recv(16).startswith(b"HTTP/1.1 200")
            slow.append(connection)
        assert web.status("/healthz") == 200 and web.status("/readyz") == 200
        found, headers, _ = web.request("/api/status")
        assert found == 503 and headers["Retry-After"]
    finally:
        for connection in slow:
            connection.close()
    wait_until(lambda: web.status("/api/status") == 200)


def test_an_address_that_is_taken(serve, pipelines, tmp_path):
    web = serve(FIRST).web
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(tmp_path / "orders.jsonl")
    ended = pipeline.program.run("run", pipeline.path, *pipeline.source, "--http", web.port, status=1, timeout_s=10)
    assert f"127.0.0.1:{web.port}: Address already in use" in ended.stderr and "--http off" in ended.stderr

    # Runs with no word about it stand side by side. (With its command first, the harness would say --http off.)
    urls = set()
    for _ in range(2):
        other = pipelines(ECOMMERCE)
        running = other.program.start("--log-level", "info", "run", other.path, *pipeline.source, "--quiet")
        urls.add(Web(running).url)
    assert len(urls) == 2 and all(re.fullmatch(r"http://127\.0\.0\.1:808\d", url) for url in urls)
    assert pipeline.program.run("run", pipeline.path, "--http", "nonsense", status=2).stderr.count("[HOST:]PORT") == 1


# The run comes first.


def test_open_pages_keep_no_run_from_ending(serve):
    served = serve(FIRST)
    streams = [served.web.stream() for _ in range(50)]
    slow = served.web.stream()  # and one that never reads
    ends = [each.makefile() for each in streams]
    first = [next_event(each) for each in ends]
    assert {each["state"] for each in first} <= {"starting", "catching_up", "up_to_date", "endless"}
    shown = first[0]
    while not shown["tables"][0]["rows"]:  # what is stopped before it has counted anything ends with nothing
        shown = next_event(ends[0])
    began = time.monotonic()
    assert served.running.stop(signal.SIGTERM, timeout_s=10) == 0
    assert time.monotonic() - began < 8  # not the time-outs of streams that nobody closes
    for each, connection in zip(ends, streams):
        last = None
        while event := next_event(each):
            last = event
        assert last["state"] == "ended" and last["tables"][0]["rows"][0]["values"] == ["Laptop", "2469.50"]
        connection.close()
    slow.close()


def test_a_run_to_the_end_serves_until_then(pipelines, tmp_path):
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines(FIRST))
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    ended = pipeline.run("--http", "0", "--quiet")
    assert "web page: http://127.0.0.1:" in ended.stderr
    assert pipeline.totals() == [
        {"product_name": "Laptop", "total_sales": "2469.50"},
        {"product_name": "Mouse", "total_sales": "30.75"},
    ]
