"""The page of facet-report in a real browser: opens without a complaint, the pickers work, by keyboard
too, numbers are those of the tables, nothing asks the network, text can be read.

usage: test_page.py FACET_REPORT [SCREENSHOTS]
"""
import os
import subprocess
import sys
import tempfile

try:
    import h5py  # noqa: F401 (acts needs it)
    import numpy as np
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

import studies
import webdriver

PROGRAM = sys.argv[1]
SHOTS = sys.argv[2] if len(sys.argv) > 2 else None
ENTER, ESCAPE, TAB, DOWN = "\ue007", "\ue00c", "\ue004", "\ue015"

# Contrast of each text with what is behind it (WCAG 2.1), the least first.
CONTRAST = """
function light(c) { return c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; })
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0); }
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
function behind(e) { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c.slice(0, 3); } return [255, 255, 255]; }
return [...document.querySelectorAll("body *")].filter(e => e.offsetParent && !e.closest("svg, dialog, [hidden]") &&
    [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(e => {
    const a = light(rgb(getComputedStyle(e).color).slice(0, 3)), b = light(behind(e));
    return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName + "." + e.className + ": " + e.textContent.slice(0, 30)]; })
    .sort((p, q) => p[0] - q[0])[0];
"""
NAMELESS = """
return [...document.querySelectorAll("button, input, select, a, [role=img], [role=region], [role=listbox], img")].filter(e =>
    !(e.getAttribute("aria-label") || e.textContent.trim() || e.alt !== undefined || (e.labels && e.labels.length))).map(e => e.outerHTML.slice(0, 120));
"""


def check_opening(browser, data):
    assert browser.complaints() == []
    assert browser.run("return document.documentElement.dataset.ready") is not None
    assert browser.run("return window.owned") is None, "a name was run as a script"
    assert browser.run("return document.querySelectorAll('img[src=x], b[onclick]').length") == 0
    assert browser.run("return performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:')).length") == 0
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    assert browser.run(NAMELESS) == []
    ids = browser.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids)), "an id twice"
    text = browser.text("#study-verification")
    assert "This was not run" in text and "experiments/verification/run.sh" in text
    assert "null" not in browser.text("main").split() and "undefined" not in browser.text("main")


def check_numbers(browser, data):
    """Numbers that are shown stand in a table, and are rounded as such."""
    table = next(t for s in data["studies"] if s["name"] == "sparsity" for t in s["tables"] if t["name"] == "comparison.tsv")
    cells = {c for line in table["text"].split("\n")[1:] for c in line.split("\t")}
    said = browser.run("return [...document.querySelectorAll('#summary b[data-value]')].map(e => [e.dataset.value, e.textContent])")
    assert len(said) == 11, said
    for value, shown in said:
        assert value in cells, value
        number = float(shown.rstrip(" %").replace(",", "")) / (100 if "%" in shown else 1)
        assert abs(number - float(value)) <= (0.0005001 if "%" in shown else 0.5001), (value, shown)
    rows = [line.split("\t") for line in data["comparison"]["text"].strip().split("\n")[1:]]
    found = browser.run("return [...document.querySelectorAll('#compare tbody tr')].map(r => [...r.children].map(c => c.dataset.value || c.textContent))")
    assert [[r[2], r[3]] for r in found] == [[r[3], r[4]] for r in rows]
    assert [r[5] for r in found] == ["agrees", "doesn't", "doesn't compare"]
    assert found[1][1] == studies.HOSTILE[0].replace("_", " ")
    browser.click("#compare [data-which=no]")
    assert browser.run("return document.querySelectorAll('#compare tbody tr').length") == 1
    browser.click("#compare [data-which=all]")


def check_viewer(browser):
    browser.click("[data-table='tables/summary.tsv']")
    assert browser.run("return document.querySelector('#viewer').open")
    assert "made-by summary <b>" in browser.text("#viewer-body") and "meaning of view" in browser.text("#viewer-body")
    rows = "return [...document.querySelectorAll('#viewer tbody tr')].map(r => [...r.children].map(c => c.textContent))"
    assert browser.run(rows) == [["fc4", "original", "0.5"], ["fc4", "mirror", "NA"]]
    browser.click("#viewer th:nth-child(2) button")
    assert [r[1] for r in browser.run(rows)] == ["mirror", "original"]
    browser.press(ESCAPE)
    browser.wait("!document.querySelector('#viewer').open")
    assert browser.run("return document.activeElement.dataset.table") == "tables/summary.tsv", "the focus comes back"
    browser.run("document.querySelector('.picture').focus()")
    browser.press(ENTER)
    browser.wait("document.querySelector('.stage') !== null")
    scale = "new DOMMatrix(getComputedStyle(document.querySelector('.stage').firstChild).transform).a"
    assert browser.run("return " + scale) == 1
    browser.press("+", "+")
    browser.wait(scale + " > 1.5")
    browser.press("0")
    browser.wait(scale + " === 1")
    browser.press(ESCAPE)
    browser.wait("!document.querySelector('#viewer').open")


def layer_of(data, name):
    return next(layer for layer in data["neurons"]["layers"] if layer["name"] == name)


def check_neurons(browser, data):
    neurons = data["neurons"]
    assert browser.text("#neuron-title") == "FC-4, neuron 0"
    browser.run("const e = document.querySelector('#neuron-layer'); e.value = '0'; e.dispatchEvent(new Event('change'))")
    browser.run("const e = document.querySelector('#neuron-number'); e.value = '17'; e.dispatchEvent(new Event('change'))")
    assert browser.text("#neuron-title") == "FC-3, neuron 17"
    assert browser.run("return location.hash") == "#neuron/fc3/17"
    layer = layer_of(data, "fc3")
    share = studies.reals(layer["active_share"])[17]
    assert f"active on {100 * share:.1f} %" in browser.text("#neuron-status")
    # whom it answers to, in order
    most = layer["most"]
    who = studies.counts(layer["excites"]["who"])[17 * most:18 * most]
    shown = browser.run("return [...document.querySelectorAll('#neuron .grid.wide .card:first-child tbody tr td:first-child')].map(e => e.textContent)")
    assert shown == [neurons["subjects"][k - 1]["name"].replace("_", " ") for k in who if k]
    names = browser.run("return [...document.querySelectorAll('#neuron .images')].map(l => [...l.children].map(e => e.lastChild.textContent))")
    for list_, name in zip(names, ("top", "bottom")):
        image = studies.counts(layer[name]["image"])[17 * layer["images"]:18 * layer["images"]]
        assert list_ == [neurons["names"][k - 1] for k in image]
    # the histogram's table holds the counts
    browser.click("#neuron [data-table=histogram]")
    counted = browser.run("return [...document.querySelectorAll('#viewer tbody tr')].map(r => Number(r.children[2].textContent))")
    assert counted == studies.counts(layer["all"]).reshape(-1, layer["bins"])[17].tolist()
    browser.press(ESCAPE)
    browser.wait("!document.querySelector('#viewer').open") # it gives the focus back
    # an attribute's histogram, by keyboard alone
    browser.run("document.querySelector('#neurons [role=combobox]').focus()")
    browser.press(*"old")
    browser.wait("document.querySelector('#neurons [aria-selected=true]')?.textContent.startsWith('old')")
    browser.press(ENTER)
    for shown in ("#neuron-chips", "#neuron .legend"):
        browser.wait("document.querySelector(arguments[0]).textContent.includes('old')", shown)
    chips = browser.run("document.querySelector('#neuron-chips button').click(); return document.querySelectorAll('#neuron-chips button').length")
    assert chips == 2
    browser.run("const e = document.querySelector('#neuron-layer'); e.value = '1'; e.dispatchEvent(new Event('change'))")
    browser.run("const e = document.querySelector('#neuron-number'); e.value = '5'; e.dispatchEvent(new Event('change'))")
    assert "This neuron is constant" in browser.text("#neuron")
    browser.run("const e = document.querySelector('#neuron-number'); e.value = '4000'; e.dispatchEvent(new Event('change'))")
    assert browser.text("#neuron-title") == "FC-4, neuron 47", "the last one there is"


def check_people(browser, data):
    browser.run("document.querySelector('#people').scrollIntoView()")
    browser.run("document.querySelector('#people [role=combobox]').focus()")
    name = studies.HOSTILE[1]
    browser.press(*"img src", DOWN)
    browser.wait("document.querySelector('#people [aria-selected=true]') !== null")
    browser.press(ENTER)
    browser.wait("document.querySelector('#person-title')?.textContent === arguments[0]", name.replace("_", " "))
    place = next(i for i, s in enumerate(data["neurons"]["subjects"]) if s["name"] == name)
    layer = layer_of(data, "fc3")
    who = studies.counts(layer["excited"]["who"]).reshape(-1, layer["most"])[place]
    shown = browser.run("return [...document.querySelectorAll('#person .grid:first-of-type .card:first-child .link')].map(e => e.textContent)")
    assert shown[:len(who[who > 0])] == [f"FC-3 neuron {k - 1}" for k in who if k]
    browser.run("document.querySelector('#person .link').click()")
    assert browser.text("#neuron-title") == f"FC-3, neuron {who[0] - 1}"
    browser.run("document.querySelector('#people [role=combobox]').focus()")
    browser.press(*"zzz")
    browser.wait("document.querySelector('#people [role=listbox]').textContent.includes('Nobody of that name')")
    browser.press(ESCAPE)
    browser.wait("document.querySelector('#people [role=listbox]').hidden")


def check_reach(browser):
    """The tab key comes to every control, in the order of the page, and never sticks."""
    browser.run("document.activeElement.blur(); scrollTo(0, 0)")
    browser.press(TAB)
    assert browser.text(":focus") == "Skip to the summary"
    seen = []
    for _ in range(25):
        browser.press(TAB)
        seen.append(browser.run("return [...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert seen == sorted(set(seen)), seen


def check_look(page, data, width, dark):
    with webdriver.Browser(width, 844 if width < 600 else 1000, dark) as browser:
        browser.open(page)
        check_opening(browser, data)
        browser.run("document.documentElement.style.scrollBehavior = 'auto'; document.querySelector('#people').scrollIntoView()")
        wide = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= width and wide[1] == width, f"wider than the window: {wide}"
        assert browser.run("return document.documentElement.dataset.theme") == ("dark" if dark else "light")
        least, where = browser.run(CONTRAST)
        assert least >= 4.5, f"contrast of {least:.2f}: {where}"
        if SHOTS:
            browser.screenshot(f"{SHOTS}/{width}-{'dark' if dark else 'light'}.png", whole=True)


def check_speed(work, rng):
    """512 neurons x 4 layers, and people in thousands: small enough, and usable at once. Time is the
    processor's, so that other work on the machine doesn't count."""
    faces = studies.Faces(rng, people=3000, most=8, widths={f"fc{k}": 512 for k in (1, 2, 3, 4)})
    faces.attributes = {f"attribute_{k}": rng.normal(0, 1, len(faces.images)) for k in range(24)}
    faces.write(f"{work}/large.h5")
    page = f"{work}/large.html"
    subprocess.run([PROGRAM, f"{work}/out", "-q", "--acts", f"{work}/large.h5", "--min-images", "3", "-o", page], check=True)
    size = os.path.getsize(page) / 2 ** 20
    with webdriver.Browser() as browser:
        browser.devtools("Performance.enable", timeDomain="threadTicks")
        before = {m["name"]: m["value"] for m in browser.devtools("Performance.getMetrics")["metrics"]}
        browser.open(page)
        browser.run("return document.documentElement.dataset.ready")
        after = {m["name"]: m["value"] for m in browser.devtools("Performance.getMetrics")["metrics"]}
        took = after["TaskDuration"] - before["TaskDuration"]
        clock = int(browser.run("return document.documentElement.dataset.ready")) / 1000
        steps = browser.run("""const t = performance.now();
            for (let i = 0; i < 20; i++) [...document.querySelectorAll('.pair-buttons button')].at(-1).click();
            return (performance.now() - t) / 20""")
        assert browser.text("#neuron-title") == "FC-4, neuron 20"
        search = browser.run("""const e = document.querySelector('#people [role=combobox]'); const t = performance.now();
            e.focus(); for (const v of ['1', '12', '123']) { e.value = v; e.dispatchEvent(new Event('input')); }
            return (performance.now() - t) / 3""")
        assert browser.run("return document.querySelectorAll('#people [role=option]').length") <= 40
        assert browser.complaints() == []
    print(f"{size:.1f} MiB; usable after {took:.2f} s of processor time ({clock:.2f} s by the clock); "
          f"another neuron in {steps:.0f} ms, a search in {search:.0f} ms")
    assert size < 15 and took < 2, (size, took)


def main():
    webdriver.need_browser()
    rng = np.random.default_rng(11)
    with tempfile.TemporaryDirectory() as work:
        studies.sparsity(f"{work}/out/sparsity")
        studies.comparison(f"{work}/out")
        studies.Faces(rng).write(f"{work}/acts.h5")
        page = f"{work}/page.html"
        subprocess.run([PROGRAM, f"{work}/out", "-q", "--acts", f"{work}/acts.h5", "--title", "A <b>study</b>",
                        "-o", page], check=True)
        data, _ = studies.data_of(page)
        with webdriver.Browser() as browser:
            browser.open(page)
            check_opening(browser, data)
            check_reach(browser)
            check_numbers(browser, data)
            check_viewer(browser)
            check_neurons(browser, data)
            check_people(browser, data)
            browser.open(f"file://{page}#neuron/fc3/9")
            browser.run("location.reload()")
            assert browser.complaints() == []
        for width in (390, 1440):
            for dark in (False, True):
                check_look(page, data, width, dark)
        subprocess.run([PROGRAM, f"{work}/out", "-q", "-o", page], check=True)
        with webdriver.Browser() as browser:
            browser.open(page)
            assert browser.complaints() == [] and "without an activation file" in browser.text("#neurons")
        check_speed(work, rng)
    print("the page works in the browser")


if __name__ == "__main__":
    main()
