/* The page's own parts for the drawing library: the address, tables, charts. Each is one component, however many cells it has. */
(function () {
  "use strict";

  const { createElement: make, useEffect, useLayoutEffect, useMemo, useRef, useState } = window.React;
  const dripline = window.dripline;

  /* Tells the page which address it stands at, now and whenever that changes. */
  function Address({ setProps }) {
    useEffect(() => {
      const tell = () => setProps({ pathname: window.location.pathname, search: window.location.search });
      tell();
      window.addEventListener("popstate", tell);
      window.addEventListener("dripline:moved", tell);
      return () => {
        window.removeEventListener("popstate", tell);
        window.removeEventListener("dripline:moved", tell);
      };
    }, []);
    return null;
  }

  const TALL = 800;

  /* A chart with a line for each of many sites moves within its card, as a long table does. */
  function Chart({ figure, label, height }) {
    const place = useRef(null);
    useLayoutEffect(() => dripline.charts.draw(place.current, figure), [figure]);
    useLayoutEffect(() => () => dripline.charts.forget(place.current), []);
    const outer = height > TALL ? { className: "chart tall", tabIndex: 0 } : { className: "chart", style: { minHeight: `${height}px` } };
    return make("div", { ...outer, role: "img", "aria-label": label },
      make("div", { ref: place, className: "graph", style: { height: `${height}px` } }));
  }

  /* The chart of the same card as a picture file. */
  function Picture({ label, ...told }) {
    const [trouble, setTrouble] = useState("");
    const save = (event) => {
      setTrouble("");
      dripline.savePicture(event.currentTarget, told).catch(() => setTrouble("The picture could not be made; the CSV and XLSX files hold the same numbers."));
    };
    return make("div", null, make("button", { type: "button", className: "link-button", onClick: save }, label),
      make("span", { role: "status" }, trouble));
  }

  const SHOWN_AT_ONCE = 200;
  const WORTH_SEARCHING = 12;
  const NOTHING_WANTED = { column: "", text: "" };

  function orderAskedFor(name) {
    const [table, column, way] = (new URLSearchParams(window.location.search).get("sort") || "").split(".");
    return table === name && column ? { column, down: way === "down" } : null;
  }

  /* The order stands in the address, so that a link and a download have it too; it asks nothing of the server. */
  function keepOrder(name, order) {
    const asked = new URLSearchParams(window.location.search);
    asked.set("sort", `${name}.${order.column}.${order.down ? "down" : "up"}`);
    window.history.replaceState(window.history.state, "", `${window.location.pathname}?${asked}`);
    window.dispatchEvent(new CustomEvent("dripline:ordered"));
  }

  function compared(one, other) {
    return typeof one === "string" ? one.localeCompare(other, undefined, { numeric: true, sensitivity: "base" }) : one - other;
  }

  /* Texts of so many letters stay on one line: a narrow window would set each word of them on its own. */
  const SHORT = 18;

  /* What a column is sorted by: what came with it, else its texts, as numbers where it has numbers. */
  const MISSING = "–";
  function sortable(texts, values, column, at) {
    if (values[at]) return values[at];
    const told = (text) => {
      const number = Number(text.replaceAll(",", "").replace("−", "-"));
      return column.text || Number.isNaN(number) ? text : number;
    };
    return texts.map((row) => (row[at] === MISSING ? null : told(row[at])));
  }

  /* Missing cells, and words among numbers, come last whichever way the rest runs. */
  function ordered(places, values, order, numeric) {
    if (!order) return places;
    const fits = (value) => value !== null && (typeof value === "string") !== numeric;
    const known = places.filter((place) => fits(values[place]));
    known.sort((one, other) => compared(values[one], values[other]) * (order.down ? -1 : 1) || one - other);
    return [...known, ...places.filter((place) => !fits(values[place]))];
  }

  function Heading({ column, order, onOrder }) {
    const chosen = order?.column === column.key;
    const down = chosen ? !order.down : column.right;
    return make("th", { scope: "col", className: column.right ? "right" : undefined, "aria-sort": chosen ? (order.down ? "descending" : "ascending") : undefined },
      make("button", { type: "button", className: "sort", onClick: () => onOrder({ column: column.key, down }) }, column.label));
  }

  function Cell({ text, href, tone, right, whole, missing, first }) {
    const address = href && dripline.ownAddress(href);
    const toned = tone ? `tag ${tone}` : undefined;
    const inner = address ? make("a", { href: address.pathname + address.search, className: toned }, text)
      : tone ? make("span", { className: toned }, text) : text;
    const classes = [right && "right", (whole || text.length <= SHORT) && "nowrap", missing && "missing"].filter(Boolean).join(" ") || undefined;
    return first ? make("th", { scope: "row", className: classes }, inner) : make("td", { className: classes }, inner);
  }

  function Search({ caption, columns, wanted, onWanted, total, found }) {
    return make("div", { className: "table-search", role: "search", "aria-label": caption },
      make("label", { className: "choice" }, "Look in",
        make("select", { value: wanted.column, onChange: (event) => onWanted({ ...wanted, column: event.target.value }) },
          make("option", { value: "" }, "all columns"),
          columns.map((column) => make("option", { key: column.key, value: column.key }, column.label)))),
      make("input", { type: "search", "aria-label": "Show rows that contain", placeholder: "Show rows that contain", value: wanted.text, onChange: (event) => onWanted({ ...wanted, text: event.target.value }) }),
      make("span", { role: "status" }, wanted.text ? `${found.toLocaleString("en-GB")} of ${total.toLocaleString("en-GB")} rows` : ""));
  }

  function DataTable({ table, caption, columns, texts, values, links, tones }) {
    const [order, setOrder] = useState(() => orderAskedFor(table));
    const [wanted, setWanted] = useState(NOTHING_WANTED);
    const [shown, setShown] = useState(SHOWN_AT_ONCE);
    useEffect(() => setShown(SHOWN_AT_ONCE), [texts, wanted, order]);
    useEffect(() => {
      setOrder(orderAskedFor(table));
      setWanted(NOTHING_WANTED);
    }, [texts]);
    const places = useMemo(() => {
      const text = wanted.text.trim().toLocaleLowerCase();
      const searched = columns.map((column, i) => i).filter((i) => !wanted.column || columns[i].key === wanted.column);
      const fitting = texts.map((_, place) => place).filter((place) => !text || searched.some((i) => texts[place][i].toLocaleLowerCase().includes(text)));
      const at = columns.findIndex((column) => column.key === order?.column);
      return at < 0 ? fitting : ordered(fitting, sortable(texts, values, columns[at], at), order, !columns[at].text);
    }, [texts, values, columns, order, wanted]);
    if (texts.length === 0) return make("p", { className: "subtitle" }, "No rows for this choice.");
    const onOrder = (next) => {
      setOrder(next);
      keepOrder(table, next);
    };
    const row = (place) => make("tr", { key: place }, columns.map((column, i) => make(Cell, {
      key: column.key, text: texts[place][i], href: links?.[place]?.[i], tone: tones?.[place]?.[i], right: column.right, whole: column.whole, missing: texts[place][i] === MISSING, first: i === 0 })));
    return make("div", null,
      texts.length > WORTH_SEARCHING && make(Search, { caption, columns, wanted, onWanted: setWanted, total: texts.length, found: places.length }),
      make("div", { className: "table-frame", tabIndex: 0, role: "group", "aria-label": caption },
        make("table", { className: "data-table" },
          make("caption", { className: "visually-hidden" }, caption),
          make("thead", null, make("tr", null, columns.map((column) => make(Heading, { key: column.key, column, order, onOrder })))),
          make("tbody", null, places.slice(0, shown).map(row)))),
      places.length > shown && make("div", { className: "pages" },
        `${shown.toLocaleString("en-GB")} of ${places.length.toLocaleString("en-GB")} rows are shown.`,
        make("button", { type: "button", className: "button", onClick: () => setShown(shown + 5 * SHOWN_AT_ONCE) }, "Show more")));
  }

  /* The table behind a chart is built when it is opened. */
  function TableBehind(props) {
    const [open, setOpen] = useState(() => orderAskedFor(props.table) !== null);
    return make("details", { className: "behind", open, onToggle: (event) => setOpen(event.currentTarget.open) },
      make("summary", null, "Show as table"), open && make(DataTable, props));
  }

  const PARTS = { Chart, DataTable, Picture, TableBehind };
  const ELEMENTS = new Set(["A", "B", "Dd", "Details", "Div", "Dl", "Dt", "H2", "H3", "Li", "Nav", "P", "Section", "Span", "Summary", "Ul"]);

  /* Parts of an answer become elements; what is no part of ours is left out, and so is an address of another host. */
  function built(part, addresses) {
    if (part === null || typeof part !== "object") return part;
    const { children, ...props } = part.props;
    if (PARTS[part.type]) return make(PARTS[part.type], opening(props, addresses));
    if (!ELEMENTS.has(part.type)) return null;
    if (props.href && !dripline.ownAddress(props.href)) delete props.href;
    return make(part.type.toLowerCase(), props, ...inside(children, addresses));
  }

  function inside(children, addresses) {
    return (Array.isArray(children) ? children : [children ?? null]).map((child) => built(child, addresses));
  }

  /* Cells and marks hold the places of their addresses. */
  function opening({ links, figure, ...props }, addresses) {
    const found = (place) => (Array.isArray(place) ? place.map(found) : place === null ? null : addresses[place]);
    const trace = (one) => (one.customdata ? { ...one, customdata: found(one.customdata) } : one);
    return { ...props, ...(links && { links: found(links) }), ...(figure && { figure: { ...figure, data: figure.data.map(trace) } }) };
  }

  /* A block of the frame with what the answer puts into it. Elements that are alike from answer to answer stay. */
  function Place({ id, className, children: answer }) {
    return useMemo(() => make("div", { id, className }, ...(answer ? inside(answer.tree, answer.addresses) : [])), [answer]);
  }

  window.dripline_parts = { Address, Place };
})();
