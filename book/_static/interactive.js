// Draws a chart anew on request, so that each of its values can be pointed at. What draws it is asked for only then; without this
// script, and in print, there is the static drawing.
"use strict";
(() => {
  const locale = { decimal: ",", thousands: ".", grouping: [3], currency: ["€ ", ""] };
  const load = (address) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: address, onload: resolve, onerror: () => reject(new Error(address)) });
    document.head.append(script);
  });

  const draw = async (button) => {
    const figure = button.closest("figure");
    const image = figure.querySelector(".chart-image");
    const spec = JSON.parse(figure.querySelector("script[type='application/json']").textContent);
    if (!window.vega) await load(button.dataset.vega + "vega.min.js");
    if (!window.vegaEmbed) await load(button.dataset.vega + "vega-embed.min.js");
    const value = document.createElement("p");
    value.className = "chart-value";
    value.setAttribute("role", "status");
    value.textContent = "Wijs een punt of balk aan.";
    const tell = (handler, event, item, told) => { if (told) value.textContent = `${told.category}: ${told.said}`; };
    const drawn = document.createElement("div");
    await vegaEmbed(drawn, spec, {
      mode: "vega", renderer: "canvas", ast: true, actions: false, defaultStyle: false, formatLocale: locale, tooltip: tell,
    });
    image.replaceChildren(drawn);
    image.after(value);
    button.hidden = true;
  };

  for (const button of document.querySelectorAll(".draw-anew")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      draw(button).catch(() => { button.textContent = "Interactief bekijken lukt hier niet"; });
    });
  }
})();
