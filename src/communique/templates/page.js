"use strict";
// Returns the element that an address such as #threat-1 leads to, or null.
function elementAt(hash) {
  try {
    return document.getElementById(decodeURIComponent(hash.slice(1)));
  } catch {
    return null; // not an encoded text
  }
}

