import "./timer.css";
import { clock } from "./clock";

const output = document.querySelector("output")!;
let running: number | undefined;

for (const button of document.querySelectorAll<HTMLButtonElement>("button[data-seconds]")) {
  button.addEventListener("click", () => {
    const end = Date.now() + 1000 * Number(button.dataset.seconds);
    clearInterval(running);
    const show = () => {
      const left = Math.max(0, Math.round((end - Date.now()) / 1000));
      output.textContent = clock(left);
      if (left === 0) clearInterval(running);
    };
    running = setInterval(show, 250);
    show();
  });
}
