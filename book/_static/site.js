// Light or dark by choice, and references to copy; without this script the page follows the device, and an anchor is a link.
"use strict";
(() => {
  const button = document.querySelector(".colour-switch");
  const device = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("kleuren"); } catch { return null; } };
  const isDark = () => (kept() ? kept() === "donker" : device.matches);
  const apply = () => {
    if (kept()) document.documentElement.dataset.colours = kept();
    button.textContent = isDark() ? "Licht" : "Donker";
  };
  button.addEventListener("click", () => {
    try { localStorage.setItem("kleuren", isDark() ? "licht" : "donker"); } catch { /* no place to keep it */ }
    apply();
  });
  device.addEventListener("change", apply);
  apply();
  button.hidden = false;
})();
(() => {
  const words = (element) => {
    const bare = element.cloneNode(true);
    bare.querySelectorAll(".headerlink, .synthetic-badge").forEach((part) => part.remove());
    return bare.textContent.trim().replace(/\s+/g, " ");
  };
  const publication = () => words(document.querySelector(".colophon")).split(" · ")[0];
  const title = () => words(document.querySelector("h1"));

  // Beside a paragraph for who has a mouse; headings, figures and tables have a link of their own, which the keyboard reaches.
  for (const paragraph of document.querySelectorAll("p[id^='alinea-']")) {
    const link = Object.assign(document.createElement("a"), { className: "headerlink", href: "#" + paragraph.id, textContent: "#" });
    link.tabIndex = -1;
    link.setAttribute("aria-hidden", "true");
    paragraph.append(link);
  }
  for (const link of document.querySelectorAll(".headerlink")) {
    link.title = "Kopieer verwijzing";
    link.addEventListener("click", async () => {
      const named = link.closest("h2, h3, h4, figcaption, caption, dt");
      const part = named ? `, ${words(named)}` : "";
      const address = new URL(link.getAttribute("href"), location.href);
      try {
        await navigator.clipboard.writeText(`${title()}${part}. In: ${publication()}. ${address}`);
        link.textContent = "gekopieerd";
        setTimeout(() => { link.textContent = "#"; }, 2000);
      } catch { /* the address is in the bar of the browser */ }
    });
  }
})();
