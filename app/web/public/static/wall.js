// Asks anew every minute, and shows it only once it has come: a display shall not go dark with the line.
"use strict";
setInterval(async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (answer.ok) location.reload();
  } catch {
    // The line is away: what is shown stays.
  }
}, 60000);
