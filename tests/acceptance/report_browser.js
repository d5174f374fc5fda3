// What the tests ask of a page in a browser. Each function is called by its name with the page at hand.
({
  // Elements with text of their own that a reader can see.
  texts() {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const owner = node.parentElement, style = getComputedStyle(owner);
      if (!node.textContent.trim() || owner.closest(".gone") || style.visibility === "hidden") continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      // What an ancestor cuts off is not seen, so nothing lies behind it.
      let [left, top, right, bottom] = [-Infinity, -Infinity, Infinity, Infinity];
      for (let around = owner; around !== document.body; around = around.parentElement) {
        if (getComputedStyle(around).overflow === "visible") continue;
        const edge = around.getBoundingClientRect();
        [left, top, right, bottom] = [Math.max(left, edge.left), Math.max(top, edge.top), Math.min(right, edge.right), Math.min(bottom, edge.bottom)];
      }
      const boxes = [...range.getClientRects()].map(box => new DOMRect(
        Math.max(box.left, left), Math.max(box.top, top),
        Math.min(box.right, right) - Math.max(box.left, left), Math.min(box.bottom, bottom) - Math.max(box.top, top),
      )).filter(box => box.width > 1 && box.height > 1);
      if (!boxes.length) continue;
      const inPicture = owner.closest("svg") !== null;
      found.push({
        text: node.textContent.trim().slice(0, 60), size: parseFloat(style.fontSize),
        colour: inPicture ? style.fill : style.color,
        boxes: boxes.map(box => [box.left + scrollX, box.top + scrollY, box.width, box.height]),
      });
    }
    return found;
  },

  // Text away, everything else as it is, so that what lies behind it can be looked at.
  hideText() {
    const style = document.createElement("style");
    style.textContent = "* { color: transparent !important; text-decoration-color: transparent !important } text { fill: transparent !important }";
    document.head.append(style);
  },

  layout() {
    const root = document.documentElement, seen = element => element.getClientRects().length > 0;
    const cut = [...document.querySelectorAll("svg[role=img] text, .spark svg text")].filter(seen).filter(text => {
      const svg = text.ownerSVGElement.getBoundingClientRect(), box = text.getBoundingClientRect();
      return box.left < svg.left - 1 || box.right > svg.right + 1 || box.top < svg.top - 1 || box.bottom > svg.bottom + 1;
    }).map(text => text.textContent);
    return {
      sideways: root.scrollWidth - root.clientWidth, cut, collided: this.collisions(),
      charts: [...document.querySelectorAll(".chart")].map(chart => [...chart.children].filter(seen).map(one => one.className)),
      beyond: [...document.querySelectorAll(".chart > *, .spark")].filter(seen).filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.className),
      fonts: [...document.fonts].filter(font => font.status === "loaded").length,
    };
  },

  // Labels of one picture that lie over each other.
  collisions() {
    const found = [];
    for (const svg of document.querySelectorAll(".chart svg, .spark svg, td.bar svg")) {
      const boxes = [...svg.querySelectorAll("text")].map(text => [text.textContent, text.getBoundingClientRect()]);
      boxes.forEach(([one, a], place) => boxes.slice(place + 1).forEach(([other, b]) => {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 4) found.push(`${one} / ${other}`);
      }));
    }
    for (const row of document.querySelectorAll("th.refs")) {
      const boxes = [...row.querySelectorAll(".ref"), row.previousElementSibling, row.nextElementSibling]
        .filter(one => one.getClientRects().length).map(one => {
          const range = document.createRange();
          range.selectNodeContents(one);
          return [one.textContent, range.getBoundingClientRect()];
        });
      boxes.forEach(([one, a], place) => boxes.slice(place + 1).forEach(([other, b]) => {
        if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1) found.push(`${one} / ${other}`);
      }));
    }
    return found;
  },

  // The marks of charts: what each is painted with, and what it lies on.
  marks() {
    const behind = element => {
      for (let up = element; up; up = up.parentElement) {
        const colour = getComputedStyle(up).backgroundColor;
        if (!/^rgba\(.*, 0\)$/.test(colour) && colour !== "transparent") return colour;
      }
      return getComputedStyle(document.documentElement).backgroundColor;
    };
    const found = [];
    for (const svg of document.querySelectorAll("main svg")) {
      if (!svg.getClientRects().length) continue;
      const under = [];
      for (const mark of svg.querySelectorAll("rect, path, line, circle")) {
        const style = getComputedStyle(mark), box = mark.getBoundingClientRect();
        const stroked = style.stroke !== "none" && parseFloat(style.strokeWidth) > 0;
        const colour = style.fill !== "none" && mark.tagName !== "line" ? style.fill : stroked ? style.stroke : null;
        if (colour === null || (!stroked && (box.width < 0.5 || box.height < 0.5))) continue;
        // A mark that reaches beyond what it crosses is seen by what lies there.
        const below = under.filter(([, b]) =>
          b.left <= box.left + 1 && box.right <= b.right + 1 && b.top <= box.top + 1 && box.bottom <= b.bottom + 1).pop();
        found.push({colour, on: below ? below[0] : behind(svg)});
        if (style.fill !== "none" && mark.tagName === "rect") under.push([style.fill, box]);
      }
    }
    const unique = new Map(found.map(one => [one.colour + one.on, one]));
    return [...unique.values()];
  },

  // A colour is never alone: marks with their words, tones with their sign.
  withoutColour() {
    const toned = [...document.querySelectorAll(".good, .bad")].filter(one => one.textContent.trim() && !/^[▲▼+−–]|▲$/.test(one.textContent.trim()));
    const marks = [...document.querySelectorAll("svg.mark")].filter(mark =>
      !mark.closest("[role=img][aria-label]") && !mark.parentElement.textContent.trim());
    const nameless = [...document.querySelectorAll("svg")].filter(svg =>
      svg.getAttribute("aria-hidden") !== "true" && !(svg.getAttribute("role") === "img" && svg.getAttribute("aria-label")));
    return [...toned.map(one => one.textContent), ...marks.map(() => "a mark without a word"), ...nameless.map(() => "a picture without a name")];
  },

  focused() {
    const element = document.activeElement;
    if (element === document.body) return null;
    const style = getComputedStyle(element);
    return {
      what: element.outerHTML.slice(0, 80), matches: element.matches(":focus-visible"),
      style: style.outlineStyle, width: parseFloat(style.outlineWidth), colour: style.outlineColor,
    };
  },

  printed() {
    const style = query => getComputedStyle(document.querySelector(query));
    return {
      nav: style("nav").display, background: style("body").backgroundColor, ink: style("h1").color,
      heads: [...new Set([...document.querySelectorAll("thead")].map(head => getComputedStyle(head).display))],
      sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    };
  },
})
