"use strict";
// The page of facet-report. All that comes from files is in #data and goes into the page as text.
(function () {
    const data = JSON.parse(document.getElementById("data").textContent);
    const SVG = "http://www.w3.org/2000/svg";
    const $ = (id) => document.getElementById(id);

    // ---- elements ----

    function fill(node, attributes, children) {
        for (const [name, value] of Object.entries(attributes || {})) {
            if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
            else if (name === "style") Object.assign(node.style, value);
            else if (value !== undefined && value !== null && value !== false)
                node.setAttribute(name, value === true ? "" : value);
        }
        for (const child of children.flat(3)) if (child !== null && child !== undefined && child !== false) node.append(child);
        return node;
    }
    const put = (node, ...children) => fill(node, {}, children);
    const refill = (node, ...children) => { node.replaceChildren(); return fill(node, {}, children); };
    const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
    const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
    const button = (text, run, attributes) => el("button", { type: "button", on: { click: run }, ...attributes }, text);
    const link = (text, run, attributes) => button(text, run, { class: "link", ...attributes });
    const card = (title, ...children) => el("div", { class: "card" }, el("h4", {}, title), children);

    // ---- numbers ----

    const grouped = (x, digits) => x.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const percent = (x, digits) => grouped(100 * x, digits) + " %";
    function short(text) { // of a table's number: a share as percent
        const x = Number(text);
        if (text === "NA" || text === "" || Number.isNaN(x)) return "–";
        if (Math.abs(x) <= 1 && !Number.isInteger(x)) return percent(x, Math.abs(x) < 0.1 ? 2 : 1);
        return grouped(x, Number.isInteger(x) ? 0 : 1);
    }
    const real = (x, digits) => (Number.isFinite(x) ? grouped(x, digits === undefined ? 2 : digits) : "–");
    const plain = (name) => String(name).replaceAll("_", " ");
    const layerName = (name) => name.replace(/\bfc(\d)\b/g, "FC-$1");

    // ---- tables ----

    function parse(table) {
        if (table.parsed) return table.parsed;
        const lines = table.text.split("\n");
        const header = lines[0].split("\t");
        const rows = lines.slice(1, lines.length - 1).map((line) => line.split("\t"));
        table.parsed = { header, rows, at: Object.fromEntries(header.map((name, i) => [name, i])) };
        return table.parsed;
    }
    const study = (name) => data.studies.find((s) => s.name === name);
    const stem = (table) => table.name.replace(/\.tsv$/, "");
    const findTable = (s, name) => s.tables.find((t) => stem(t) === name || stem(t).endsWith("/" + name));
    function lookUp(s, name, where, column) {
        const table = findTable(s, name);
        if (!table) return "NA";
        const { rows, at } = parse(table);
        const conditions = where.split(",").map((c) => c.split("="));
        const row = rows.find((r) => conditions.every(([key, value]) => r[at[key]] === value));
        return row && column in at ? row[at[column]] : "NA";
    }
    // A sentence with its numbers, null where one of them is missing.
    function sentence(s, template) {
        let whole = true;
        const parts = template.split(/(\{[^}]*\})/).map((part) => {
            const found = /^\{(\S+) (\S+) (\S+) (\S+)\}$/.exec(part);
            if (!found) return part;
            const [, table, where, column, format] = found;
            const value = lookUp(s, table, where, column);
            if (value === "NA") whole = false;
            const digits = Number(format.replace("%", ""));
            const text = format.startsWith("%") ? percent(Number(value), digits) : grouped(Number(value), digits);
            return el("b", { "data-value": value, title: value }, text);
        });
        return whole ? parts : null;
    }

    // ---- the viewer: a table, or a plot to zoom ----

    let opener = null;
    function openViewer(title, body, tools) {
        opener = document.activeElement;
        $("viewer-title").textContent = title;
        $("viewer-body").replaceChildren(body);
        $("viewer-tools").replaceChildren(...(tools || []));
        $("viewer").showModal();
        $("viewer-close").focus();
    }
    $("viewer-close").addEventListener("click", () => $("viewer").close());
    $("viewer").addEventListener("click", (e) => { if (e.target === $("viewer")) $("viewer").close(); });
    $("viewer").addEventListener("close", () => {
        $("viewer-body").replaceChildren();
        if (opener && opener.isConnected) opener.focus();
    });

    function zoomable(content, isChart) {
        let scale = 1, x = 0, y = 0, drag = null;
        const apply = () => { content.style.transform = `translate(${x}px, ${y}px) scale(${scale})`; };
        const stage = el("div", { class: isChart ? "stage chart-stage" : "stage", tabindex: 0, role: "group",
            "aria-label": "Plot. Plus and minus zoom, arrow keys move, 0 shows all of it." }, content);
        function zoom(factor, cx, cy) {
            const next = Math.min(20, Math.max(1, scale * factor));
            x = cx - (cx - x) * next / scale;
            y = cy - (cy - y) * next / scale;
            scale = next;
            if (scale === 1) x = y = 0;
            apply();
        }
        const middle = (factor) => zoom(factor, stage.clientWidth / 2, stage.clientHeight / 2);
        const reset = () => { scale = 1; x = y = 0; apply(); };
        const move = (dx, dy) => { x += dx; y += dy; apply(); };
        stage.addEventListener("wheel", (e) => {
            e.preventDefault();
            const box = stage.getBoundingClientRect();
            zoom(e.deltaY < 0 ? 1.2 : 1 / 1.2, e.clientX - box.left, e.clientY - box.top);
        }, { passive: false });
        stage.addEventListener("pointerdown", (e) => { drag = [e.clientX, e.clientY]; stage.setPointerCapture(e.pointerId); });
        stage.addEventListener("pointermove", (e) => {
            if (!drag) return;
            move(e.clientX - drag[0], e.clientY - drag[1]);
            drag = [e.clientX, e.clientY];
        });
        stage.addEventListener("pointerup", () => { drag = null; });
        stage.addEventListener("keydown", (e) => {
            const act = { "+": () => middle(1.4), "=": () => middle(1.4), "-": () => middle(1 / 1.4), 0: reset,
                ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0),
                ArrowUp: () => move(0, 60), ArrowDown: () => move(0, -60) }[e.key];
            if (act) { e.preventDefault(); act(); }
        });
        return { stage, tools: [button("+", () => middle(1.4), { "aria-label": "Zoom in" }),
            button("−", () => middle(1 / 1.4), { "aria-label": "Zoom out" }), button("Fit", reset)] };
    }
    function openPlot(title, content, isChart) {
        const { stage, tools } = zoomable(content, isChart);
        openViewer(title, stage, tools);
        stage.focus();
    }
    const openChart = (title, draw) => openPlot(title, draw(), true);

    function openTable(table) {
        const { header, rows } = parse(table);
        let order = rows.slice(), sorted = -1, sign = 1;
        const STEP = 200;
        const body = el("tbody");
        const more = button("", () => grow(), {});
        let drawn = 0;
        const numeric = header.map((_, i) => rows.slice(0, 50).every((r) => r[i] === "NA" || r[i] !== "" && !Number.isNaN(Number(r[i]))));
        function grow() {
            body.append(...order.slice(drawn, drawn + STEP).map((r) =>
                el("tr", {}, r.map((cell, i) => el("td", { class: numeric[i] ? "number" : null }, cell)))));
            drawn = Math.min(order.length, drawn + STEP);
            more.textContent = `Show more (${grouped(order.length - drawn, 0)} rows left)`;
            more.hidden = drawn >= order.length;
        }
        function sortBy(i) {
            sign = sorted === i ? -sign : 1;
            sorted = i;
            const value = (r) => (numeric[i] ? (r[i] === "NA" ? Infinity * sign : Number(r[i])) : r[i]);
            order.sort((a, b) => { const p = value(a), q = value(b); return p < q ? -sign : p > q ? sign : 0; });
            heads.forEach((th, k) => th.setAttribute("aria-sort", k !== i ? "none" : sign > 0 ? "ascending" : "descending"));
            body.replaceChildren();
            drawn = 0;
            grow();
        }
        const described = Object.fromEntries((table.columns || []).map((c) => [c.name, c]));
        const heads = header.map((name, i) => el("th", { scope: "col", class: numeric[i] ? "number" : null, "aria-sort": "none" },
            button(name, () => sortBy(i), { title: described[name] ? described[name].meaning : null })));
        grow();
        const save = button("Save as .tsv", () => {
            const a = el("a", { href: "data:text/tab-separated-values;charset=utf-8," + encodeURIComponent(table.text),
                download: table.name.replaceAll("/", "_") });
            a.click();
        });
        openViewer(table.title ? `${table.title} (${table.name})` : table.name, el("div", { class: "table-view" },
            table.command && [el("h4", {}, "The command that made it"), el("code", { class: "command" }, table.command),
                table.source && el("p", { class: "soft" }, `by ${table.source}`)],
            table.shown !== undefined && table.shown < table.rows && el("p", { class: "note" },
                `The first ${grouped(table.shown, 0)} of ${grouped(table.rows, 0)} rows; the whole table is in the file ${table.name}.`),
            table.columns && el("details", {}, el("summary", {}, "What the columns mean"), el("dl", { class: "facts" },
                table.columns.map((c) => [el("dt", {}, `${c.name} (${c.unit === "1" ? c.type : c.unit})`), el("dd", {}, c.meaning)]))),
            el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Rows of the table" },
                el("table", {}, el("thead", {}, el("tr", {}, heads)), body)), more), [save]);
    }
    const tableLink = (table) => link(`Table: ${stem(table).split("/").slice(-1)[0].replaceAll("_", " ")}`, () => openTable(table),
        { "data-table": table.name });

    // ---- charts ----

    const colour = (i) => `var(--s${i % 6})`;
    const dashes = ["", "7 4", "2 3", "9 3 2 3", "1 4", "12 4"];
    function ticks(low, high, count) {
        const rough = (high - low) / count;
        if (!(rough > 0)) return [low];
        const power = 10 ** Math.floor(Math.log10(rough));
        const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999);
        const out = [];
        for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-6; k++) out.push(Number((k * step).toPrecision(12)));
        return out;
    }
    // Axes and a frame of 640 x height; draw(x, y) gives what stands in it.
    function chart(o, draw) {
        const narrow = innerWidth < 600, W = narrow ? 380 : 640, H = o.height || (narrow ? 260 : 300), right = 12, top = 14, bottom = o.bottom || 50;
        const format = (v, as) => (as === "percent" ? grouped(100 * v, Math.abs(o.y[1] - o.y[0]) < 0.05 && as === o.yAs ? 1 : 0) + " %"
            : as === "unit" ? `${v} %` : v >= 10000 ? grouped(v, 0) : String(v));
        const yTicks = ticks(o.y[0], o.y[1], 5), xTicks = o.names ? [] : ticks(o.x[0], o.x[1], narrow ? 4 : 7);
        const left = 34 + 7 * Math.max(...yTicks.map((v) => format(v, o.yAs).length));
        const x = (v) => left + (v - o.x[0]) / (o.x[1] - o.x[0]) * (W - left - right);
        const y = (v) => H - bottom - (v - o.y[0]) / (o.y[1] - o.y[0]) * (H - top - bottom);
        const clip = "clip" + chart.count++;
        return svg("svg", { class: "chart", viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": o.label },
            svg("defs", {}, svg("clipPath", { id: clip }, svg("rect", { x: left, y: top, width: W - left - right, height: H - top - bottom }))),
            yTicks.map((v) => [svg("line", { class: "grid", x1: left, x2: W - right, y1: y(v), y2: y(v) }),
                svg("text", { x: left - 8, y: y(v) + 4, "text-anchor": "end" }, format(v, o.yAs))]),
            xTicks.map((v) => [svg("line", { class: "axis", x1: x(v), x2: x(v), y1: H - bottom, y2: H - bottom + 4 }),
                svg("text", { x: x(v), y: H - bottom + 17, "text-anchor": "middle" }, format(v, o.xAs))]),
            (o.names || []).map((name, i) => {
                const many = o.names.length > 6;
                const at = [x(i + 0.5), H - bottom + (many ? 12 : 17)];
                return svg("text", { x: at[0], y: at[1], "text-anchor": many ? "end" : "middle",
                    transform: many ? `rotate(-35 ${at[0]} ${at[1]})` : null }, name);
            }),
            svg("g", { "clip-path": `url(#${clip})` }, draw(x, y)),
            svg("path", { class: "axis", d: `M${left} ${top}V${H - bottom}H${W - right}` }),
            svg("text", { x: (left + W - right) / 2, y: H - 6, "text-anchor": "middle" }, o.xLabel || ""),
            svg("text", { transform: `translate(13 ${(top + H - bottom) / 2}) rotate(-90)`, "text-anchor": "middle" }, o.yLabel || ""));
    }
    chart.count = 0;
    const legend = (items) => el("ul", { class: "legend" }, items.map(([name, fill]) =>
        el("li", {}, el("i", { style: { background: fill } }), name)));

    // A chart of the paper's numbers, as studies.json describes it.
    function paperChart(spec) {
        const { rows, at } = parse(data.paper[spec.table]);
        const [key, only] = (spec.where || "").split("=");
        const kept = rows.filter((r) => (!key || r[at[key]] === only) && r[at[spec.y]] !== "NA");
        const names = (column) => [...new Set(kept.map((r) => r[at[column]]))];
        const series = spec.series ? names(spec.series) : [null];
        const of = (s) => kept.filter((r) => s === null || r[at[spec.series]] === s);
        const yAs = spec.percent ? "percent" : spec.unit ? "unit" : null;
        const values = kept.map((r) => Number(r[at[spec.y]]));
        const low = spec.from !== undefined ? spec.from : spec.kind === "lines" ? Math.min(...values) : 0;
        const high = Math.max(...values), room = (high - low) * 0.06;
        const base = { yAs, yLabel: spec.y_label, xLabel: spec.x_label, label: `The paper's numbers: ${spec.table}` };
        const shown = series.length > 1 && legend(series.map((s, i) => [plain(s), colour(i)]));
        if (spec.kind === "bars") {
            const groups = names(spec.x);
            const width = 0.8 / series.length;
            return [shown, chart({ ...base, x: [0, groups.length], y: [low, high + room], names: groups.map(plain),
                bottom: groups.length > 6 ? 74 : 40 }, (x, y) => series.map((s, i) => of(s).map((r) => {
                    const g = groups.indexOf(r[at[spec.x]]), v = Number(r[at[spec.y]]);
                    return svg("rect", { x: x(g + 0.1 + i * width), width: Math.max(1, x(width) - x(0) - 1), y: y(v),
                        height: Math.max(0, y(low) - y(v)), fill: colour(i) }, svg("title", {}, `${plain(r[at[spec.x]])}, ${plain(s || "")}: ${r[at[spec.y]]}`));
                })))];
        }
        const xs = kept.map((r) => Number(r[at[spec.x]]));
        const bin = spec.kind === "histogram" ? (Math.max(...xs) - Math.min(...xs)) / (kept.length - 1) : 0;
        const o = { ...base, x: [Math.min(...xs) - bin / 2, Math.max(...xs) + bin / 2],
            y: spec.kind === "lines" ? [low - room, high + room] : [0, high + room], xAs: spec.x_percent ? "percent" : null };
        return [shown, chart(o, (x, y) => (spec.kind === "histogram" ?
            kept.map((r) => { const c = Number(r[at[spec.x]]), v = Number(r[at[spec.y]]);
                return svg("rect", { x: x(c - bin / 2) + 0.5, width: Math.max(1, x(bin) - x(0) - 1), y: y(v), height: y(0) - y(v), fill: "var(--s0)" },
                    svg("title", {}, `${r[at[spec.x]]}: ${r[at[spec.y]]}`)); }) :
            series.map((s, i) => {
                const points = of(s).map((r) => [x(Number(r[at[spec.x]])), y(Number(r[at[spec.y]])), r]);
                return [svg("polyline", { points: points.map((p) => `${p[0]},${p[1]}`).join(" "), fill: "none", stroke: colour(i),
                    "stroke-width": 2, "stroke-dasharray": dashes[i % 6] }),
                points.map((p) => svg("circle", { cx: p[0], cy: p[1], r: 3, fill: colour(i) },
                    svg("title", {}, `${plain(s)}, ${p[2][at[spec.x]]}: ${p[2][at[spec.y]]}`)))];
            })))];
    }

    // ---- summary and comparison ----

    function drawSummary() {
        const box = $("summary");
        $("faces").textContent = data.faces ? `Faces: ${data.faces}.` : "";
        if (/^synthetic/.test(data.faces || "")) put(box, el("p", { class: "note" }, el("strong", {}, "The faces are drawn. "),
            "The network was trained on photographs; what it does on drawn faces shows that everything runs, and is no reproduction of the paper's result."));
        const said = data.studies.flatMap((s) => (s.present ? s.summary || [] : []).map((t) => sentence(s, t)).filter(Boolean));
        if (said.length) put(box, el("ul", { class: "sentences" }, said.map((parts) => el("li", {}, parts))));
        const missing = data.studies.filter((s) => !s.present);
        if (missing.length) put(box, el("p", { class: "soft" }, `Not part of this run: ${missing.map((s) => s.title.toLowerCase()).join(", ")}. `
            + "Their sections say how to make them."));
    }

    const verdictWords = { yes: "agrees", no: "doesn't", not_comparable: "doesn't compare" };
    function drawComparison() {
        const box = $("compare");
        if (!data.comparison) {
            put(box, el("p", { class: "note" }, "There is no table paper_vs_ours.tsv. ", el("code", {}, "experiments/paper/run.sh"), " makes it."));
            return;
        }
        const { rows, at } = parse(data.comparison);
        const get = (r, name) => r[at[name]];
        if (!("agrees" in at)) {
            put(box, el("p", { class: "note" }, "paper_vs_ours.tsv is of another version: it has no column agrees. ", el("code", {}, "experiments/paper/run.sh"), " makes it again."));
            return;
        }
        const count = (v) => rows.filter((r) => get(r, "agrees") === v).length;
        put(box, el("p", {}, "Every number of the paper that is set beside ours. Whether they agree in shape is decided by a rule that stands with each row, not by eye."));
        put(box, el("ul", { class: "verdicts" }, Object.entries({ yes: "agree in shape", no: "don't", not_comparable: "don't compare" })
            .map(([v, words]) => el("li", {}, el("b", { class: v }, String(count(v))), words))));
        const body = el("tbody");
        const label = { all: "All", yes: "Agree", no: "Don't", not_comparable: "Don't compare" };
        const filters = el("div", { class: "filters", role: "group", "aria-label": "Which rows" });
        function show(which) {
            for (const b of filters.children) b.setAttribute("aria-pressed", String(b.dataset.which === which));
            let last = "";
            body.replaceChildren(...rows.filter((r) => which === "all" || get(r, "agrees") === which).map((r) => {
                const v = get(r, "agrees"), place = get(r, "place");
                const interval = get(r, "ci_low") === "NA" ? "–" : `${short(get(r, "ci_low"))} to ${short(get(r, "ci_high"))}`;
                const row = el("tr", {}, el("td", { class: "one" }, place === last ? "" : el("strong", {}, place)), el("td", {}, plain(get(r, "quantity"))),
                    el("td", { class: "number", "data-label": "paper", "data-value": get(r, "paper"), title: get(r, "paper") }, short(get(r, "paper"))),
                    el("td", { class: "number", "data-label": "here", "data-value": get(r, "ours"), title: get(r, "ours") }, short(get(r, "ours"))),
                    el("td", { class: "number", "data-label": "95 % interval" }, interval),
                    el("td", { class: `${v} one`, "data-label": "shape" }, el("strong", {}, verdictWords[v] || v)),
                    el("td", { class: "soft" }, get(r, "why_not") === "NA" ? get(r, "rule") : v === "no" ? `${get(r, "why_not")} (rule: ${get(r, "rule")})` : get(r, "why_not")));
                last = place;
                return row;
            }));
        }
        filters.append(...Object.entries(label).map(([which, text]) => button(text, () => show(which), { "data-which": which })));
        put(box, filters, el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "The paper's numbers and ours" },
            el("table", {}, el("thead", {}, el("tr", {}, ["where", "what", "paper", "here", "95 % interval", "in shape", "rule, or why not"]
                .map((h, i) => el("th", { scope: "col", class: i > 1 && i < 5 ? "number" : null }, h)))), body)),
            el("p", { class: "sources" }, tableLink(data.comparison)));
        show("all");
    }

    // ---- studies ----

    function drawFigure(s, f) {
        const tables = (f.tables || []).map((name) => findTable(s, name)).filter(Boolean);
        const papers = (f.paper || []).filter((spec) => data.paper[spec.table]);
        if (!f.data && !papers.length) return null;
        const ours = f.data ? el("figure", { class: "card" }, el("h4", {}, papers.length ? "Here" : ""),
            el("button", { type: "button", class: "picture", "aria-label": `Zoom: ${f.title}`,
                on: { click: () => openPlot(f.title, el("img", { src: f.data, alt: f.title, draggable: "false" })) } },
            el("img", { src: f.data, alt: `${f.title}. ${f.caption || ""}`, loading: "lazy" })),
            f.caption && el("figcaption", {}, f.caption)) :
            el("div", { class: "card" }, el("h4", {}, "Here"), el("p", { class: "soft" }, "Not drawn in this run."));
        if (f.data && !papers.length) ours.firstChild.remove();
        const theirs = papers.length ? el("figure", { class: "card" }, el("h4", {}, "The paper, drawn again from its numbers"),
            papers.map((spec) => [paperChart(spec), el("div", { class: "sources" },
                link("Zoom", () => openChart(f.title, () => paperChart(spec).at(-1)), { "aria-label": `Zoom: ${f.title}, the paper's` }),
                tableLink(data.paper[spec.table]))])) : null;
        return el("div", {}, el("h3", {}, f.title), el("div", { class: theirs ? "pair two" : "pair" }, theirs, ours),
            el("div", { class: "sources" }, tables.map(tableLink)));
    }
    function drawStudy(s) {
        const id = `study-${s.name}`;
        const box = el("section", { id, "aria-labelledby": `${id}-title` }, el("h2", { id: `${id}-title` }, s.title), el("p", { class: "lead" }, s.question));
        if (!s.present) put(box, el("p", { class: "note" }, "This was not run. To make it: ", el("code", {}, s.make),
            `; then put its folder beside the others, under the name ${s.name}. experiments/paper/run.sh does both.`));
        if (s.notes.length) put(box, el("div", { class: "note" }, s.notes.map((n) => el("p", {}, n))));
        if (s.present) {
            const said = (s.summary || []).map((t) => sentence(s, t)).filter(Boolean);
            if (said.length) put(box, el("ul", { class: "sentences" }, said.map((parts) => el("li", {}, parts))));
            put(box, el("p", { class: "soft" }, s.read));
        }
        put(box, s.figures.map((f) => drawFigure(s, f)));
        if (s.tables.length) put(box, el("details", {}, el("summary", {}, `All ${s.tables.length} tables of this experiment`),
            el("div", { class: "sources" }, s.tables.map((t) => link(stem(t), () => openTable(t), { "data-table": t.name })))));
        return box;
    }

    // ---- arrays ----

    function bytes(text) {
        const raw = atob(text), out = new Uint8Array(raw.length);
        for (let i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
        return out;
    }
    const reals = (text) => new Float32Array(bytes(text).buffer);
    function counts(text) {
        const from = bytes(text), out = new Uint32Array(from.length);
        let n = 0;
        for (let i = 0; i < from.length; n++) {
            let value = 0, shift = 1, b;
            do { b = from[i++]; value += (b & 127) * shift; shift *= 128; } while (b > 127);
            out[n] = value;
        }
        return out.subarray(0, n);
    }
    const REALS = ["active_share", "mean", "sd", "entropy_bits", "treves_rolls", "low", "high", "attributes", "d_prime", "value"];
    function unpack(object) { // once, when it is first looked at
        if (object.unpacked) return object.unpacked;
        const out = object.unpacked = {};
        for (const [name, value] of Object.entries(object))
            if (name === "unpacked") continue;
            else if (value && typeof value === "object") out[name] = unpack(value);
            else if (typeof value === "string" && name !== "name") out[name] = (REALS.includes(name) ? reals : counts)(value);
            else out[name] = value;
        return out;
    }

    // ---- a searchable list ----

    const MOST = 40;
    function picker(label, items, choose) {
        const id = `picker${picker.count++}`;
        const list = el("ul", { id: `${id}-list`, role: "listbox", "aria-label": label, hidden: true });
        const input = el("input", { id, type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-expanded": "false",
            "aria-controls": `${id}-list`, "aria-autocomplete": "list", placeholder: "Type a name" });
        let found = [], at = -1;
        function mark(next) {
            at = next;
            [...list.children].forEach((li, i) => { if (li.role !== "presentation") li.setAttribute("aria-selected", String(i === at)); });
            if (at >= 0 && at < found.length) {
                input.setAttribute("aria-activedescendant", `${id}-${at}`);
                list.children[at].scrollIntoView({ block: "nearest" });
            } else input.removeAttribute("aria-activedescendant");
        }
        function close() { list.hidden = true; input.setAttribute("aria-expanded", "false"); mark(-1); }
        function open() {
            const wanted = input.value.trim().toLowerCase().replaceAll(" ", "_");
            const all = items.filter((item) => item.search.includes(wanted));
            found = all.slice(0, MOST);
            list.replaceChildren(...found.map((item, i) => el("li", { id: `${id}-${i}`, role: "option", "aria-selected": "false",
                on: { pointerdown: (e) => e.preventDefault(), click: () => take(i) } }, plain(item.name), el("span", {}, item.note))));
            if (all.length > MOST) list.append(el("li", { class: "none", role: "presentation" }, `${grouped(all.length - MOST, 0)} more: type on`));
            if (!all.length) list.append(el("li", { class: "none", role: "presentation" }, "Nobody of that name"));
            list.hidden = false;
            input.setAttribute("aria-expanded", "true");
            mark(found.length && wanted ? 0 : -1);
        }
        function take(i) { input.value = ""; close(); choose(found[i]); }
        input.addEventListener("input", open);
        input.addEventListener("focus", open);
        input.addEventListener("click", open);
        input.addEventListener("blur", close);
        input.addEventListener("keydown", (e) => {
            if (e.key === "Escape") { close(); return; }
            if (e.key === "ArrowDown" || e.key === "ArrowUp") {
                e.preventDefault();
                if (list.hidden) open();
                else if (found.length) mark((at + (e.key === "ArrowDown" ? 1 : found.length - (at < 0 ? 0 : 1))) % found.length);
            } else if (e.key === "Enter" && at >= 0) { e.preventDefault(); take(at); }
        });
        return el("div", { class: "field" }, el("label", { for: id }, label), el("div", { class: "picker" }, input, list));
    }
    picker.count = 0;

    // ---- neurons ----

    const N = data.neurons;
    const state = { layer: 0, neuron: 0, shown: [], subject: null };
    const items = N ? N.subjects.map((s, i) => ({ index: i, name: s.name, search: s.name.toLowerCase().replaceAll(" ", "_"),
        note: `${s.kind === "identity" ? "" : "attribute, "}${grouped(s.n, 0)} images` })) : [];
    const people = N ? N.subjects.filter((s) => s.kind === "identity").length : 0;

    function goTo(layer, neuron) {
        state.layer = layer;
        state.neuron = neuron;
        drawNeuron();
        history.replaceState(null, "", `#neuron/${encodeURIComponent(N.layers[layer].name)}/${neuron}`);
    }
    const neuronLink = (layer, n) => link(`${layerName(N.layers[layer].name)} neuron ${n}`, () => {
        goTo(layer, n);
        $("neurons").scrollIntoView();
        $("neuron-number").focus({ preventScroll: true });
    });

    function series(L, n) { // all images, then those that are compared
        const take = (array, first) => array.subarray(first * L.bins, (first + 1) * L.bins);
        const all = [{ name: "all images", counts: take(L.all, n), fill: "var(--soft-ink)" }];
        return all.concat(state.shown.map((subject, i) => ({ name: plain(N.subjects[subject].name), fill: colour(i), dash: dashes[i % 6],
            counts: take(L.of, N.shown.indexOf(subject) * L.neurons + n) })));
    }
    function histogram(L, n) {
        const all = series(L, n);
        for (const s of all) { s.total = s.counts.reduce((a, b) => a + b, 0); s.share = Array.from(s.counts, (c) => (s.total ? c / s.total : 0)); }
        const low = Math.min(0, L.low[n]), high = L.high[n] > low ? L.high[n] : low + 1, width = (high - low) / L.bins;
        const first = Math.max(...all.map((s) => s.share[0])), rest = Math.max(...all.map((s) => Math.max(...s.share.slice(1))));
        const top = (rest > 0 && first > 1.3 * rest ? 1.3 * rest : Math.max(first, rest)) * 1.05 || 1;
        const cut = first > top;
        return [chart({ x: [low, high], y: [0, top], yAs: "percent", xLabel: "activation", yLabel: "share of images", height: 320,
            label: `Histogram of neuron ${n}: share of images over activation, for ${all.map((s) => s.name).join(", ")}` }, (x, y) => all.map((s, k) => (k === 0 ?
            s.share.map((v, i) => svg("rect", { x: x(low + i * width) + 0.5, width: Math.max(1, x(width) - x(0) - 1), y: y(v), height: Math.max(0, y(0) - y(v)),
                fill: s.fill, opacity: 0.38 }, svg("title", {}, `${real(low + i * width)} to ${real(low + (i + 1) * width)}: ${s.counts[i]} images, ${percent(v, 1)}`))) :
            svg("path", { fill: "none", stroke: s.fill, "stroke-width": 2.2, "stroke-dasharray": s.dash,
                d: "M" + s.share.map((v, i) => `${x(low + i * width)} ${y(v)}H${x(low + (i + 1) * width)}`).join("L") })))),
        cut ? el("p", { class: "soft" }, "The first bin, which holds the zeros, is cut off: ", all.map((s) => `${s.name} ${percent(s.share[0], 1)}`).join("; "), ".") : null];
    }
    function histogramTable(L, n) {
        const all = series(L, n), low = Math.min(0, L.low[n]), high = L.high[n] > low ? L.high[n] : low + 1;
        const edge = (i) => (low + i * (high - low) / L.bins).toPrecision(6);
        return { name: `histogram ${L.name} neuron ${n}.tsv`, title: "Counts of images", command: data.command, source: data.made_by,
            text: ["bin_left", "bin_right"].concat(all.map((s) => s.name)).join("\t") + "\n" +
                Array.from({ length: L.bins }, (_, i) => [edge(i), edge(i + 1)].concat(all.map((s) => s.counts[i])).join("\t") + "\n").join("") };
    }
    // Rows of whom or which, with d' as a bar.
    function preferenceTable(head, list, first, most, name, fill) {
        const rows = [];
        for (let k = first; k < first + most && list.who[k]; k++) rows.push([list.who[k] - 1, list.d_prime[k]]);
        if (!rows.length) return el("p", { class: "soft" }, "Nobody.");
        const top = Math.max(...rows.map((r) => Math.abs(r[1])));
        return el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, head), el("th", { scope: "col", class: "number" }, "d′"), el("th", {}))),
            el("tbody", {}, rows.map(([who, d]) => el("tr", {}, el("td", {}, name(who)), el("td", { class: "number", "data-value": d }, real(d)),
                el("td", {}, el("span", { class: "meter", style: { width: `${6 * Math.abs(d) / top}rem`, background: fill } }))))));
    }
    const subjectLink = (i) => link(plain(N.subjects[i].name), () => { drawSubject(i); $("people").scrollIntoView(); });
    function imageList(list, first, count) {
        const out = [];
        for (let k = first; k < first + count && list.image[k]; k++) {
            const place = list.image[k] - 1, picture = N.thumbnails && N.thumbnails[place];
            out.push(el("li", {}, picture && el("img", { src: picture, alt: "" }), el("span", { class: "value" }, real(list.value[k])), N.names[place]));
        }
        return el("ol", { class: "images" }, out);
    }
    function attributeTable(L, n) {
        const rows = N.subjects.slice(people).map((s, a) => [people + a, L.attributes[a * L.neurons + n]]).filter((r) => Number.isFinite(r[1]))
            .sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, 10);
        return { who: rows.map((r) => r[0] + 1), d_prime: rows.map((r) => r[1]) };
    }
    function occlusionChart(name, n) {
        const of = data.occlusion && data.occlusion.layers.find((l) => l.name === name && n < l.neurons);
        if (!data.occlusion) return el("p", { class: "soft" }, "Occlusion was not measured: ", el("code", {}, study("occlusion").make), ".");
        if (!of) return el("p", { class: "soft" }, "Occlusion was not measured of this layer.");
        const L = of, kept = of.kept || (of.kept = reals(of.state_kept));
        const kinds = [...new Set(L.levels.map((v) => v.kind))];
        const top = Math.max(...L.levels.map((v) => Number(v.level)));
        return [legend(kinds.map((k, i) => [plain(k), colour(i)])), chart({ x: [0, top || 1], y: [0, 1.02], yAs: "percent", height: 240,
            xLabel: "level: percent of the face, or side of the square in pixels", yLabel: "same state as on the clean face",
            label: `Neuron ${n}: share of images on which its state stays, over the level of occlusion` }, (x, y) => kinds.map((kind, i) => {
            const points = L.levels.map((v, k) => [v, kept[k * L.neurons + n]]).filter(([v, s]) => v.kind === kind && Number.isFinite(s))
                .map(([v, s]) => [x(Number(v.level)), y(s)]);
            return svg("polyline", { points: points.map((p) => p.join(",")).join(" "), fill: "none", stroke: colour(i), "stroke-width": 2, "stroke-dasharray": dashes[i % 6] });
        }))];
    }
    function drawNeuron() {
        const layer = N.layers[state.layer], L = unpack(layer), n = state.neuron;
        $("neuron-layer").value = String(state.layer);
        $("neuron-number").max = L.neurons - 1;
        $("neuron-number").value = n;
        const title = `${layerName(layer.name)}, neuron ${n}`;
        const plot = histogram(L, n), present = series(L, n);
        const facts = [["active on", `${percent(L.active_share[n], 1)} of the images`], ["mean ± sd", `${real(L.mean[n])} ± ${real(L.sd[n])}`],
            ["greatest", real(L.high[n])], ["entropy of on / off", `${real(L.entropy_bits[n], 3)} bit`], ["Treves-Rolls", real(L.treves_rolls[n], 3)]];
        refill($("neuron"),
            el("h3", { id: "neuron-title" }, title),
            el("div", { class: "grid neuron" },
                card("Histogram of activations", legend(present.map((s) => [s.name, s.fill])), plot,
                    el("div", { class: "sources" }, link("Zoom", () => openChart(title, () => histogram(L, n)[0])),
                        link("Table", () => openTable(histogramTable(L, n)), { "data-table": "histogram" }))),
                card("How sparse", el("dl", { class: "facts" }, facts.map(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])),
                    L.high[n] > L.low[n] ? null : el("p", { class: "note" }, "This neuron is constant: it tells nothing."))),
            el("div", { class: "grid wide" },
                card("Who excites it most", preferenceTable("person", L.excites, n * L.most, L.most, subjectLink, "var(--on)")),
                card("Who inhibits it most", preferenceTable("person", L.inhibits, n * L.most, L.most, subjectLink, "var(--off)")),
                N.subjects.length > people ? card("Attributes", preferenceTable("attribute", attributeTable(L, n), 0, 10, subjectLink, "var(--s0)")) : null,
                card("Under occlusion", occlusionChart(layer.name, n)),
                card("Images that drive it highest", imageList(L.top, n * L.images, L.images)),
                card("Images that drive it lowest", L.lowest[n] > L.images ? el("p", { class: "soft" },
                    `${grouped(L.lowest[n], 0)} images share the least value, ${real(L.low[n])}; the first of them:`) : null, imageList(L.bottom, n * L.images, L.images))));
        drawChips();
        $("neuron-status").textContent = `${title}: active on ${percent(L.active_share[n], 1)} of the images`;
    }
    function drawChips() {
        $("neuron-chips").replaceChildren(...state.shown.map((subject) => el("li", {}, button(`${plain(N.subjects[subject].name)} ×`, () => {
            state.shown = state.shown.filter((s) => s !== subject);
            drawNeuron();
        }, { "aria-label": `Remove ${plain(N.subjects[subject].name)}` }))));
    }
    function drawNeurons() {
        const box = $("neurons");
        if (!N) {
            put(box, el("p", { class: "note" }, "This page was made without an activation file. ", el("code", {}, "facet-report DIR --acts activations.h5 -o report.html"), " adds the neurons."));
            return;
        }
        const step = (by) => goTo(state.layer, (state.neuron + by + N.layers[state.layer].neurons) % N.layers[state.layer].neurons);
        const number = el("input", { id: "neuron-number", type: "number", min: 0, step: 1, inputmode: "numeric", on: { change: (e) => {
            const most = N.layers[state.layer].neurons - 1, wanted = Math.round(Number(e.target.value));
            goTo(state.layer, Math.min(most, Math.max(0, Number.isFinite(wanted) ? wanted : 0)));
        } } });
        put(box, el("p", {}, `Pick a layer and a neuron. Over ${grouped(N.images, 0)} images (view ${N.view}) of ${grouped(N.identities, 0)} people`
            + `${N.missing ? `; ${grouped(N.missing, 0)} missing images are left out` : ""}. d′ is the distance of a person's mean from everybody else's, in standard deviations.`),
        N.left_out ? el("p", { class: "soft" }, `${grouped(N.left_out, 0)} people with fewer images are not on this page.`) : null, N.notes.map((t) => el("p", { class: "soft" }, t)),
        el("div", { class: "controls" },
            el("label", {}, "Layer", el("select", { id: "neuron-layer", on: { change: (e) => { const k = Number(e.target.value); goTo(k, Math.min(state.neuron, N.layers[k].neurons - 1)); } } },
                N.layers.map((l, i) => el("option", { value: i }, `${layerName(l.name)} (${grouped(l.neurons, 0)})`)))),
            el("label", {}, "Neuron", number),
            el("div", { class: "pair-buttons" }, button("← Previous", () => step(-1)), button("Next →", () => step(1))),
            N.shown.length ? picker("Also show the histogram of", items.filter((i) => N.shown.includes(i.index)), (item) => {
                state.shown = state.shown.filter((s) => s !== item.index).concat(item.index).slice(-5);
                drawNeuron();
            }) : null),
        el("ul", { id: "neuron-chips", class: "chips", "aria-label": "Histograms that are shown" }),
        el("p", { id: "neuron-status", class: "soft", role: "status" }),
        el("div", { id: "neuron" }));
        const first = N.layers.findIndex((l) => l.name === "fc4");
        state.layer = first < 0 ? 0 : first;
        state.shown = N.shown.slice(0, 1).concat(N.shown.filter((i) => i >= people).slice(0, 1));
        drawNeuron();
    }

    // ---- people and attributes ----

    function drawSubject(i) {
        const s = N.subjects[i];
        state.subject = i;
        refill($("person"), el("h3", { id: "person-title" }, plain(s.name)),
            el("p", { class: "soft" }, s.kind === "identity" ? `${grouped(s.n, 0)} images, against everybody else's.` : `${grouped(s.n, 0)} images with a score above ${N.cut}, against those at or below it.`),
            N.layers.map((layer, k) => {
                const L = unpack(layer), to = (n) => neuronLink(k, n);
                return [el("h4", { style: { marginTop: "1.25rem" } }, layerName(layer.name)), el("div", { class: "grid wide" },
                    card("Excitatory neurons", preferenceTable("neuron", L.excited, i * L.most, L.most, to, "var(--on)")),
                    card("Inhibitory neurons", preferenceTable("neuron", L.inhibited, i * L.most, L.most, to, "var(--off)")))];
            }));
        $("person-status").textContent = `${plain(s.name)}: ${N.layers.length} layers`;
    }
    function drawPeople() {
        const box = $("people");
        if (!N) return box.remove();
        if (!items.length) {
            put(box, el("p", { class: "note" }, "Nobody to choose: the activation file has no identity with enough images and no attribute that divides them. ",
                el("code", {}, "--min-images"), " and ", el("code", {}, "--cut"), " of facet-report change that."));
            return;
        }
        put(box, el("p", {}, "Pick a person or an attribute: the neurons that answer most to it, and those that it silences most."),
            el("div", { class: "controls" }, picker("Person or attribute", items, (item) => drawSubject(item.index))),
            el("p", { id: "person-status", class: "soft", role: "status" }), el("div", { id: "person" }));
        const begin = () => { if (state.subject === null) drawSubject(0); };
        new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) begin(); }, { rootMargin: "600px" }).observe(box);
        addEventListener("beforeprint", begin);
    }

    // ---- how it was made ----

    function drawMade() {
        const all = data.studies.flatMap((s) => s.tables).concat(data.comparison || []);
        const commands = [...new Set(all.filter((t) => t.command).map((t) => t.command))];
        const sources = [...new Set(all.map((t) => t.source).filter(Boolean))];
        put($("made"), el("p", {}, "This page holds texts of the tables; nothing in it was typed by hand. It was made by ", el("code", {}, data.made_by), ":"),
            el("code", { class: "command" }, data.command),
            data.inputs.length ? el("p", { class: "soft" }, "Inputs: ", data.inputs.map((f) => `${f.path} (SHA-256 ${f.sha256})`).join(", ")) : null,
            el("h3", {}, "The commands that made the tables"), commands.length ? commands.map((c) => el("code", { class: "command" }, c)) : el("p", { class: "soft" }, "None is recorded."),
            sources.length ? el("p", { class: "soft" }, `Tables by ${sources.join(", ")}.`) : null,
            el("p", { class: "soft" }, "The paper: Sun, Wang, Tang: Deeply learned face representations are sparse, selective, and robust, CVPR 2015."));
    }

    // ---- the page ----

    const themes = { automatic: "light", light: "dark", dark: "automatic" };
    const dark = matchMedia("(prefers-color-scheme: dark)");
    let theme = "automatic";
    function applyTheme() {
        document.documentElement.dataset.theme = theme === "automatic" ? (dark.matches ? "dark" : "light") : theme;
        $("theme").textContent = `Theme: ${theme}`;
    }
    dark.addEventListener("change", applyTheme);
    $("theme").addEventListener("click", () => { theme = themes[theme]; applyTheme(); });
    applyTheme();

    function follow() { // #neuron/LAYER/NUMBER
        const found = /^#neuron\/([^/]+)\/(\d+)$/.exec(location.hash);
        if (!found || !N) return;
        let name;
        try { name = decodeURIComponent(found[1]); } catch { return; }
        const layer = N.layers.findIndex((l) => l.name === name);
        if (layer < 0 || Number(found[2]) >= N.layers[layer].neurons) return;
        goTo(layer, Number(found[2]));
        $("neurons").scrollIntoView();
    }

    drawSummary();
    drawComparison();
    $("studies").append(...data.studies.map(drawStudy));
    drawNeurons();
    drawPeople();
    drawMade();
    $("contents").append(...[["summary", "In short"], ["compare", "Paper and here"], ...data.studies.map((s) => [`study-${s.name}`, s.title]),
        ["neurons", "Neurons"], ["people", "People"], ["made", "How made"]].filter(([id]) => $(id)).map(([id, text]) => el("a", { href: `#${id}` }, text)));
    addEventListener("hashchange", follow);
    follow();
    if (/^#(?!neuron\/)/.test(location.hash) && $(location.hash.slice(1))) $(location.hash.slice(1)).scrollIntoView();
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
})();
