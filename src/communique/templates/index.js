// Search, order, the picture of relations, and one article at a time. All can be read without it.
{
  const index = document.querySelector(".index");
  const wholes = [...document.querySelectorAll(".whole")];

  // In a single file, shows either the index or the article that the address names.
  function route() {
    const target = elementAt(location.hash);
    const wanted = target?.closest(".whole") ?? null;
    index.hidden = wanted !== null;
    for (const whole of wholes) whole.hidden = whole !== wanted;
    if (wanted === target) scrollTo(0, 0);
    else target?.scrollIntoView();
    document.title = (wanted ?? index).querySelector(".title").textContent;
  }
  if (wholes.length) {
    document.body.classList.add("views");
    addEventListener("hashchange", route);
    if (location.hash) route();
    else for (const whole of wholes) whole.hidden = true;
  }

  const find = document.querySelector(".find");
  const list = document.querySelector(".list");
  const entries = [...list.children].map((element) => ({ element, date: element.dataset.d }));

  function prepare() {
    for (const entry of entries) {
      entry.text ??= `${entry.element.textContent} ${entry.element.dataset.t}`.toLowerCase();
      entry.kinds ??= new Set([...entry.element.querySelectorAll("[data-k]")].map((each) => each.dataset.k));
    }
  }

  function search() {
    const words = find.querySelector("[name=words]").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = [...find.querySelectorAll("[name=with]:checked")].map((each) => each.value);
    if (words.length || kinds.length) prepare();
    let count = 0;
    for (const { element, text, kinds: has } of entries) {
      const isFound = words.every((word) => text.includes(word)) && kinds.every((kind) => has.has(kind));
      element.hidden = !isFound;
      count += isFound;
    }
    const all = `${entries.length.toLocaleString("en")} article${entries.length === 1 ? "" : "s"}`;
    find.querySelector(".shown").textContent =
      count === entries.length ? all : `${count.toLocaleString("en")} of ${all}`;
    document.querySelector(".nothing").hidden = count > 0 || !entries.length;
  }

  function sum(entry) {
    return [...entry.element.querySelectorAll("[data-k]")].reduce((all, each) => all + Number(each.lastChild.data), 0);
  }

  const orders = {
    new: (a, b) => (a.date < b.date) - (a.date > b.date),
    old: (a, b) => !a.date - !b.date || (a.date > b.date) - (a.date < b.date),
    name: (a, b) => a.name.localeCompare(b.name),
    most: (a, b) => b.sum - a.sum,
  };

  function order() {
    const by = find.querySelector("[name=order]").value;
    for (const entry of entries) {
      if (by === "name") entry.name ??= entry.element.querySelector("h3").textContent;
      if (by === "most") entry.sum ??= sum(entry);
    }
    list.replaceChildren(...entries.toSorted(orders[by]).map((entry) => entry.element));
  }

  find.hidden = false;
  let waiting;
  find.querySelector("[name=words]").addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 80);
  });
  for (const box of find.querySelectorAll("[name=with]")) box.addEventListener("input", search);
  find.querySelector("[name=order]").addEventListener("input", order);
  search();
  if (find.querySelector("[name=order]").value !== "new") order();

  const graph = document.querySelector(".graph");
  graph?.addEventListener("pointerover", (event) => {
    const node = event.target.closest("[data-node]")?.dataset.node;
    const own = event.target.closest(".curve");
    graph.classList.toggle("picked", Boolean(node || own));
    const ends = new Set(node ? [node] : own?.dataset.ends.split(" "));
    for (const curve of graph.querySelectorAll(".curve")) {
      const has = curve.dataset.ends.split(" ");
      const isLit = curve === own || has.includes(node);
      curve.classList.toggle("lit", isLit);
      if (isLit) has.forEach((end) => ends.add(end));
    }
    for (const each of graph.querySelectorAll(".node")) each.classList.toggle("lit", ends.has(each.dataset.node));
  });
  graph?.addEventListener("pointerleave", () => graph.classList.remove("picked"));
}
