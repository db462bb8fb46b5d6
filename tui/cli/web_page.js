// Gives the terminal the keyboard once the app is there, so that nobody has to click first. Not earlier: the app must be
// told of it, and can be as soon as its first bytes have come.
window.addEventListener("load", () => {
  const focusTerminal = () => {
    const input = document.querySelector(".xterm-helper-textarea");
    if (input && document.body.classList.contains("-first-byte")) input.focus();
    else setTimeout(focusTerminal, 50);
  };
  focusTerminal();
});
