/* Runs before the first paint: says that scripts run, so that what needs them is shown and what replaces them is not. */
document.documentElement.classList.add("js");
