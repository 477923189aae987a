// Requests the page every minute and shows it after it has arrived, so that a display does not go dark without network.
"use strict";
setInterval(async () => {
  try {
    const answer = await fetch(location.href, { cache: "no-cache" });
    if (answer.ok) location.reload();
  } catch {
    // Without network the present page stays.
  }
}, 60000);
