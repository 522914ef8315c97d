// Light or dark by choice; without this script the page follows the device.
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
