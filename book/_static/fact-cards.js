// Shows the card of a number beside it, on a click or when it is reached with the keyboard. Without this script a number leads to
// its row among the key figures.
"use strict";
(() => {
  let shown = null; // the number whose card is shown
  let returning = false;

  const cardOf = (link) => document.getElementById("card-" + link.hash.slice(1));
  const numbers = () => [...document.querySelectorAll("article a:has(.fact)")].filter((link) => cardOf(link));

  const hide = (focusBack) => {
    if (!shown) return;
    const link = shown;
    shown = null;
    cardOf(link).hidden = true;
    link.setAttribute("aria-expanded", "false");
    if (!focusBack) return;
    returning = true; // and not arriving, which would show the card again
    link.focus();
    returning = false;
  };

  const show = (link) => {
    if (shown === link) return;
    hide(false);
    const card = cardOf(link);
    card.hidden = false;
    const number = link.getBoundingClientRect();
    const above = number.top > card.offsetHeight + 12 && number.bottom + card.offsetHeight > window.innerHeight;
    const top = above ? number.top - card.offsetHeight - 8 : number.bottom + 8;
    const left = Math.max(8, Math.min(number.left, document.documentElement.clientWidth - card.offsetWidth - 8));
    card.style.top = `${top + window.scrollY}px`;
    card.style.left = `${left + window.scrollX}px`;
    link.setAttribute("aria-expanded", "true");
    shown = link;
  };

  const copy = async (button) => {
    const words = button.closest(".fact-card").querySelector(".fact-card-reference");
    try {
      await navigator.clipboard.writeText(words.textContent);
      button.textContent = "Gekopieerd";
    } catch {
      getSelection().selectAllChildren(words); // to be copied by hand
      button.textContent = "Geselecteerd";
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    // Positions count from the page, so that a card is not cut off by the column that its number stands in.
    document.querySelectorAll(".fact-cards").forEach((cards) => document.body.append(cards));
    for (const link of numbers()) {
      link.setAttribute("aria-haspopup", "dialog");
      link.setAttribute("aria-expanded", "false");
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return; // in a new tab, as any link
        event.preventDefault();
        show(link);
        cardOf(link).focus();
      });
      link.addEventListener("focus", () => { if (!returning && link.matches(":focus-visible")) show(link); });
      link.addEventListener("blur", (event) => {
        if (shown === link && !cardOf(link).contains(event.relatedTarget)) hide(false);
      });
    }
    document.addEventListener("click", (event) => {
      const does = event.target.dataset.does;
      if (does === "copy") copy(event.target);
      else if (does === "close") hide(true);
      else if (shown && !cardOf(shown).contains(event.target) && !shown.contains(event.target)) hide(false);
    });
    document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(true); });
    document.addEventListener("focusin", (event) => {
      if (shown && !cardOf(shown).contains(event.target) && !shown.contains(event.target)) hide(false);
    });
  });
})();
