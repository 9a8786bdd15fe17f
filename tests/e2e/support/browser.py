"""A real Chromium without a screen, and a web page of ours in it."""

import base64
import json
import os

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from .waiting import wait_until

DESKTOP = (1280, 1000)
PHONE = (360, 740)


def start_chromium():
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    # Nothing but this machine can be reached, whatever a page asks for.
    arguments = [
        "--headless=new",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--force-color-profile=srgb",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    options.accept_insecure_certs = True  # a test's own, signed by itself
    for each in arguments:
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


class Page:
    """One browser for all tests; open() gives a page that knows nothing of those before it."""

    def __init__(self, driver):
        self._driver = driver

    def open(self, url, language="en-US", size=DESKTOP, dark=False):
        driver = self._driver
        driver.get("about:blank")
        driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        for log in ("performance", "browser"):
            driver.get_log(log)  # forgets what was before
        driver.execute_cdp_cmd(
            "Emulation.setUserAgentOverride",
            {"userAgent": driver.execute_script("return navigator.userAgent"), "acceptLanguage": language},
        )
        driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/Sao_Paulo"})
        driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE},
        )
        driver.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]},
        )
        driver.get(url)

    def script(self, code, *arguments):
        return self._driver.execute_script(code, *arguments)

    def text(self, css):
        return self.script("return document.querySelector(arguments[0])?.textContent ?? ''", css)

    def is_visible(self, css):
        return any(each.is_displayed() for each in self._driver.find_elements(By.CSS_SELECTOR, css))

    def rows(self):
        """The cells of the table of totals, a list a row, as they are shown."""
        return self.script(
            "return [...document.querySelectorAll('#rows tr')].map("
            "row => [...row.cells].map(cell => cell.textContent))"
        )

    def wait_for(self, condition, what="the page", timeout_s=20):
        return wait_until(lambda: condition(self), timeout_s, what)

    def click(self, css):
        self._driver.find_element(By.CSS_SELECTOR, css).click()

    def type(self, css, text):
        field = self._driver.find_element(By.CSS_SELECTOR, css)
        field.clear()
        field.send_keys(text)

    def choose(self, css, option):
        Select(self._driver.find_element(By.CSS_SELECTOR, css)).select_by_visible_text(option)

    def press(self, key):
        """A key for whatever has the focus."""
        self._driver.switch_to.active_element.send_keys(getattr(Keys, key))

    def focused(self):
        """The name of its element, and its text."""
        return self.script("return [document.activeElement.tagName, document.activeElement.textContent.trim()]")

    def url(self):
        return self._driver.current_url

    def screenshot(self, size, scale):
        """The upper left part of what is shown, as PNG."""
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": scale}
        taken = self._driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
        return base64.b64decode(taken["data"])

    def requests(self):
        """The addresses of everything that was asked for since open()."""
        messages = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def complaints(self):
        """What the browser has to say against the page: errors of scripts, and violations of its policy."""
        return [
            entry["message"] for entry in self._driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")
        ]
