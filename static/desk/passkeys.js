// Passkeys: the browser is asked for one, and what it signs is sent with the form. Stands on webauthn-json.js of allauth.
"use strict";

const optionsFor = {
  // At the entrance nobody has said who he is: the challenge is fetched when the button is pressed.
  ask: async (form) => (await (await fetch(form.action, { headers: { Accept: "application/json" } })).json()).request_options,
  show: async () => JSON.parse(document.getElementById("passkey-options").textContent).request_options,
  make: async (form) => {
    const options = JSON.parse(document.getElementById("passkey-options").textContent).creation_options;
    const alone = form.elements.passwordless.value === "on";
    Object.assign(options.publicKey.authenticatorSelection, {
      residentKey: alone ? "required" : "discouraged",
      requireResidentKey: alone,
      ...(alone && { userVerification: "required" }),
    });
    return options;
  },
};

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const kind = form.dataset.passkey;
  const trouble = form.querySelector("[role=alert][hidden]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    trouble.hidden = true;
    try {
      const options = await optionsFor[kind](form);
      const given = await (kind === "make" ? webauthnJSON.create(options) : webauthnJSON.get(options));
      form.elements.credential.value = JSON.stringify(given);
      form.submit(); // not heard by this listener
    } catch {
      trouble.hidden = false; // put away, timed out, or not possible at this address: it is all one to who reads it
    }
  });
}
