// Sphinx's search in our words. Its own translations are put in place by evaluating a string, which our pages forbid.
"use strict";
document.querySelector(".needs-script").hidden = true;
Object.assign(Documentation.TRANSLATIONS, {
  "Search Results": "Zoekresultaten",
  "Searching": "Zoeken",
  "Preparing search...": "De zoekopdracht wordt voorbereid",
  "Search finished, found ${resultCount} page(s) matching the search query.": "Aantal pagina's met deze woorden: ${resultCount}.",
  "Your search did not match any documents. Please make sure that all words are spelled correctly and that you've selected enough categories.":
    "Er is geen pagina met al deze woorden. Probeer minder of andere woorden.",
});
// A summary of what was found is read from the page that holds it, which a browser refuses for pages in a plain folder.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
