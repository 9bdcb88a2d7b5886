// Opens what an address leads to, such as the list of a figure in the matrix.
{
  function reveal() {
    const target = elementAt(location.hash);
    for (let at = target?.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    target?.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  reveal();
}
