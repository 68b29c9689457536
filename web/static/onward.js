// Sends on a form that needs nothing from the reader; without this script its button does.
document.querySelector("form[data-onward]")?.requestSubmit();
