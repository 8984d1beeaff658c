// What does the report page do where scripts run? Smaller photos, the position on request, one press for one report.
(function () {
  'use strict';

  const EDGE_PX = 1920;
  const SMALL_ENOUGH_BYTES = 600000;
  const form = document.getElementById('report');

  /**
   * The photo in a smaller size; the photo itself where it is small, or where the browser cannot read it.
   * @param {File} file
   * @returns {Promise<File>}
   */
  async function shrunk(file) {
    if (file.size <= SMALL_ENOUGH_BYTES) return file;
    const picture = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, EDGE_PX / Math.max(picture.width, picture.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#ffffff';
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
    return blob && blob.size < file.size ? new File([blob], 'photo.jpg', { type: 'image/jpeg' }) : file;
  }

  function watchPhoto() {
    const input = document.getElementById('photo');
    const shown = document.getElementById('photo-shown');
    const said = document.getElementById('photo-said');
    const picture = shown.querySelector('img');
    let address = '';

    function show(file) {
      if (address) URL.revokeObjectURL(address);
      address = file ? URL.createObjectURL(file) : '';
      shown.hidden = !file;
      if (file) picture.src = address; else picture.removeAttribute('src');
      said.textContent = '';
    }

    input.addEventListener('change', async () => {
      const chosen = input.files[0];
      show(chosen);
      if (!chosen) return;
      let small;
      try {
        small = await shrunk(chosen);
      } catch (error) {
        return; // The server says what is wrong with it.
      }
      if (small === chosen || input.files[0] !== chosen) return;
      const list = new DataTransfer();
      list.items.add(small);
      input.files = list.files;
      show(small);
      said.textContent = said.dataset.small;
    });
    picture.addEventListener('error', () => { shown.hidden = !picture.hasAttribute('src'); });
    shown.querySelector('button').addEventListener('click', () => {
      input.value = '';
      show(null);
      input.focus();
    });
  }

  function watchPosition() {
    if (!navigator.geolocation || !window.isSecureContext) return;
    const box = document.getElementById('where');
    const button = box.querySelector('button');
    const said = document.getElementById('where-said');
    const { lon, lat } = form.elements;
    box.hidden = false;

    function keep(coords, message) {
      lon.value = coords ? coords.longitude.toFixed(6) : '';
      lat.value = coords ? coords.latitude.toFixed(6) : '';
      button.setAttribute('aria-pressed', String(Boolean(coords)));
      said.textContent = said.dataset[message];
    }

    button.addEventListener('click', () => {
      if (lon.value) {
        keep(null, 'gone');
        return;
      }
      said.textContent = said.dataset.asking;
      navigator.geolocation.getCurrentPosition(
        (found) => keep(found.coords, 'got'),
        () => keep(null, 'failed'),
        { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
      );
    });
  }

  function pressOnce() {
    const button = form.querySelector('.go');
    const label = button.textContent;
    let sent = false;
    form.addEventListener('submit', (event) => {
      if (sent) {
        event.preventDefault();
        return;
      }
      sent = true;
      button.setAttribute('aria-busy', 'true');
      button.textContent = form.dataset.sending;
    });
    // Whoever comes back by the browser's own button may correct and press again; the server knows the form.
    window.addEventListener('pageshow', () => {
      sent = false;
      button.removeAttribute('aria-busy');
      button.textContent = label;
    });
  }

  if (form) {
    watchPhoto();
    watchPosition();
    pressOnce();
  }
  const troubles = document.getElementById('troubles');
  if (troubles) troubles.focus();
})();
