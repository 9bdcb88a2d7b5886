// Ties an article's marks to the cards of its statements. Without it, both are plain links.
for (const reader of document.querySelectorAll(".reader")) tie(reader);

function tie(reader) {
  const all = (selector) => [...reader.querySelectorAll(selector)];
  const cards = all(".card");
  const marks = all("[data-s]");
  const tools = reader.querySelector(".tools");
  const card = new Map(cards.map((each) => [each.dataset.n, each]));
  const marksOf = new Map(cards.map((each) => [each.dataset.n, []]));
  for (const mark of marks) {
    for (const n of numbersOf(mark)) if (mark.matches("mark")) marksOf.get(n)?.push(mark);
  }
  let lit = [];
  let opened = null; // a click takes the focus away before it is handled

  function numbersOf(mark) {
    return mark.matches(".order") ? [] : mark.dataset.s.split(" ");
  }

  function shown(n) {
    return card.get(n) && !card.get(n).hidden;
  }

  // The statements that an element is about: those of all marks around it, the innermost first.
  function numbersAt(element) {
    const own = element.closest(".card");
    if (own) return [own.dataset.n];
    const found = [];
    for (let at = element.closest("[data-s]"); at; at = at.parentElement.closest("[data-s]")) {
      found.push(...numbersOf(at));
    }
    return [...new Set(found)].filter(shown);
  }

  function light(numbers) {
    for (const element of lit) element.classList.remove("lit");
    const wanted = new Set(numbers);
    lit = numbers.length
      ? [...numbers.map((n) => card.get(n)), ...marks.filter((m) => numbersOf(m).some((n) => wanted.has(n)))]
      : [];
    for (const element of lit) element.classList.add("lit");
  }

  function lightFocused() {
    light(reader.contains(document.activeElement) ? numbersAt(document.activeElement) : []);
  }

  function scroll(element, block) {
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element?.scrollIntoView({ block, behavior: calm ? "instant" : "smooth" });
  }

  // Scrolls the list of cards, and only that, until a card can be seen.
  function bringUp(element) {
    const list = reader.querySelector(".scroll");
    const [outer, inner] = [list.getBoundingClientRect(), element.getBoundingClientRect()];
    if (inner.top < outer.top) list.scrollTop += inner.top - outer.top;
    else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 16;
  }

  function isWide() {
    return getComputedStyle(reader.querySelector(".columns")).display === "grid";
  }

  // Focuses a statement's card; the text is scrolled to its evidence if both can be seen.
  function open(n, moveText = true) {
    card.get(n).querySelector(".number").focus({ preventScroll: true });
    scroll(card.get(n), "nearest");
    if (moveText && isWide()) scroll(marksOf.get(n)[0], "center");
    light([n]);
    opened = n;
  }

  function showEvidence(n, anchor) {
    const start = anchor ?? elementAt(card.get(n).querySelector(".number").hash);
    scroll(start.nextElementSibling ?? start, "center");
    light([n]);
  }

  reader.addEventListener("pointerover", (event) => {
    const numbers = numbersAt(event.target);
    if (!numbers.length) return lightFocused();
    light(numbers);
    if (!event.target.closest(".card")) bringUp(card.get(numbers[0]));
  });
  reader.addEventListener("pointerleave", lightFocused);
  reader.addEventListener("focusin", lightFocused);
  reader.addEventListener("focusout", (event) => {
    if (!event.relatedTarget) light([]);
  });

  reader.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.target.closest("summary, button, form")) return;
    const link = event.target.closest("a");
    const inText = event.target.closest("[data-s]");
    const own = event.target.closest(".card");
    if (link && !link.hash) return;
    if (!link && !getSelection().isCollapsed) return; // someone marks text to copy it
    if (own) {
      event.preventDefault();
      const anchor = link && elementAt(link.hash);
      if (!link) own.querySelector(".number").focus({ preventScroll: true });
      showEvidence(own.dataset.n, anchor);
    } else if (inText) {
      const numbers = numbersAt(inText);
      if (!numbers.length) return;
      event.preventDefault();
      // Where several overlap, each click opens the next one.
      open(numbers[(numbers.indexOf(opened) + 1) % numbers.length], false);
    }
  });

  function step(by) {
    const visible = cards.filter((each) => !each.hidden);
    const current = document.activeElement.closest(".card") ?? lit.find((each) => each.matches(".card"));
    const now = visible.indexOf(current);
    const next = visible[now < 0 ? (by > 0 ? 0 : visible.length - 1) : now + by];
    if (next) open(next.dataset.n);
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !reader.checkVisibility()) return;
    if (event.key === "Escape") return document.activeElement.blur();
    if (event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const onCard = document.activeElement.closest(".card");
    const letters = tools?.querySelector("[name=keys]").checked;
    if ((letters && event.key === "j") || (onCard && event.key === "ArrowDown")) step(1);
    else if ((letters && event.key === "k") || (onCard && event.key === "ArrowUp")) step(-1);
    else return;
    event.preventDefault();
  });

  function filter() {
    const kinds = all("[name=kind]:checked").map((each) => each.value);
    const actor = tools.querySelector("[name=actor]").value;
    const status = tools.querySelector("[name=status]").value;
    const least = Number(tools.querySelector("[name=confidence]")?.value ?? 0);
    for (const { dataset, ...each } of cards.map((c) => ({ element: c, dataset: c.dataset }))) {
      each.element.hidden = !(
        kinds.includes(dataset.kind) &&
        (!actor || dataset.actors.split(" ").includes(actor)) &&
        (!status || dataset.status === status) &&
        (!least || Number(dataset.confidence ?? -1) >= least)
      );
    }
    for (const group of all(".group")) group.hidden = !group.querySelector(".card:not([hidden])");
    for (const mark of marks) {
      if (!mark.matches(".order")) mark.classList.toggle("off", !numbersOf(mark).some(shown));
    }
    const count = cards.filter((each) => !each.hidden).length;
    const isAll = count === cards.length;
    tools.querySelector(".shown").textContent = `${isAll ? "" : `${count} of `}${cards.length} statement${cards.length === 1 ? "" : "s"}`;
    tools.querySelector(".reset").hidden = isAll;
    const output = tools.querySelector("output");
    if (output) output.textContent = least ? `at least ${least} %` : "any";
    lightFocused();
  }

  if (tools) {
    tools.hidden = false;
    tools.addEventListener("input", filter);
    tools.querySelector(".reset").addEventListener("click", () => {
      for (const box of tools.querySelectorAll("[name=kind]")) box.checked = true;
      for (const choice of tools.querySelectorAll("select")) choice.value = "";
      for (const range of tools.querySelectorAll("[type=range]")) range.value = 0;
      filter();
      tools.querySelector("input").focus();
    });
    filter(); // browsers restore the choices of an earlier visit
  }

  function follow() {
    const target = elementAt(location.hash);
    if (target?.matches(".card") && reader.contains(target)) open(target.dataset.n);
  }
  addEventListener("hashchange", follow);
  // The browser itself goes to the address's target when the page has loaded, and takes the focus.
  addEventListener("load", () => requestAnimationFrame(follow));
}
