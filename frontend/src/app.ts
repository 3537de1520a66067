// Everything a page needs beyond HTML: live parts, small interactions, keys. Pages work without it, only less lively.
import htmx from "htmx.org/dist/htmx.esm.js";
import "./live";
import "./moments";
import "./wall";
import "./drop";
import { startForms } from "./forms";
import { startKeys } from "./keys";
import { startPalette } from "./palette";
import { startTheme } from "./theme";
import { startToasts } from "./toasts";

// What a reader opened stays open when fresh markup is merged into the page.
htmx.config.morphIgnore = [...htmx.config.morphIgnore, "open"];

startTheme();
startForms();
startToasts();
startKeys();
startPalette();
