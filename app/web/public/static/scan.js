// Reads the QR code of a slip with the camera if the browser can decode it. The page works without it too.
"use strict";
(() => {
  const part = document.querySelector("[data-scan]");
  if (!part || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const video = part.querySelector("[data-scan-video]");
  const status = part.querySelector("[data-scan-status]");
  const field = document.getElementById("code");
  let stream = null;

  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };

  const look = async (detector) => {
    if (!stream) return;
    const [barcode] = await detector.detect(video).catch(() => []);
    if (barcode) {
      stop();
      field.value = barcode.rawValue;
      field.form.requestSubmit();
    } else {
      setTimeout(look, 200, detector);
    }
  };

  part.querySelector("[data-scan-start]").addEventListener("click", async () => {
    if (stream) {
      stop();
      status.textContent = "";
      return;
    }
    try {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      status.textContent = status.dataset.looking;
      look(detector);
    } catch {
      stop();
      status.textContent = status.dataset.failed;
    }
  });

  BarcodeDetector.getSupportedFormats().then((formats) => {
    part.hidden = !formats.includes("qr_code");
  });
})();
