'use strict';
const number = cell => {
  const found = /^[+\-]?(\d+(\.\d*)?(e[+\-]?\d+)?|inf)/.exec(cell.textContent.trim());
  return found ? (found[1] === 'inf' ? Infinity : parseFloat(found[0])) : NaN;
};
const compare = (a, b, column) => {
  const x = number(a.cells[column]);
  const y = number(b.cells[column]);
  if (isNaN(x) || isNaN(y)) {
    return isNaN(x) === isNaN(y)
      ? a.cells[column].textContent.localeCompare(b.cells[column].textContent)
      : isNaN(x) - isNaN(y);
  }
  return x === y ? 0 : Math.sign(x - y);
};
const sort = heading => {
  const column = heading.cellIndex;
  const body = heading.closest('table').tBodies[0];
  const down = heading.getAttribute('aria-sort') === 'ascending';
  for (const other of heading.parentNode.cells) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const rows = [...body.rows].sort((a, b) => (down ? -1 : 1) * compare(a, b, column));
  body.append(...rows);
};
for (const heading of document.querySelectorAll('.wide thead th')) {
  heading.tabIndex = 0;
  heading.title = 'Sort by this column';
  heading.addEventListener('click', () => sort(heading));
  heading.addEventListener('keydown', event => {
    if (event.key === 'Enter') sort(heading);
  });
}
for (const tabs of document.querySelectorAll('.tabs')) {
  const bar = document.createElement('nav');
  const sections = [...tabs.children];
  const show = shown => sections.forEach((section, i) => {
    section.classList.toggle('aside', section !== shown);
    bar.children[i].setAttribute('aria-pressed', section === shown);
  });
  for (const section of sections) {
    const button = document.createElement('button');
    button.textContent = section.querySelector('h2').textContent;
    button.addEventListener('click', () => show(section));
    bar.append(button);
  }
  if (sections.length !== 1) {
    tabs.prepend(bar);
    show(sections[0]);
  }
}
