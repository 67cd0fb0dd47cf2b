/* A chart as a PNG file: as it is drawn at this moment, under its title, with what decided its numbers below it. */
(function () {
  "use strict";

  const dripline = window.dripline;
  const EDGE = 20;
  const SCALE = 2;
  const LINE = 18;

  function loaded(address) {
    return new Promise((done, failed) => {
      const image = new Image();
      image.onload = () => done(image);
      image.onerror = () => failed(new Error("the chart could not be turned into a picture"));
      image.src = address;
    });
  }

  /* Words broken into lines no wider than the picture. */
  function broken(pen, words, width) {
    const lines = [""];
    for (const word of words.split(/\s+/)) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (pen.measureText(longer).width <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  function fontOf(size, weight) {
    return `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  }

  /* Each paragraph: its words, size, weight and colour. */
  function paragraphs(told, colours) {
    const asOf = document.querySelector("#page-foot span")?.textContent || "";
    return {
      above: [
        { words: told.title, size: 16, weight: 650, colour: colours.ink },
        { words: told.subtitle, size: 12.5, weight: 400, colour: colours.secondary },
      ],
      below: [...told.notes, told.about.join(" · "), asOf].map((words) => ({ words, size: 11.5, weight: 400, colour: colours.secondary })),
    };
  }

  function measured(pen, texts, width) {
    return texts.filter((text) => text.words).flatMap((text) => {
      pen.font = fontOf(text.size, text.weight);
      return broken(pen, text.words, width).map((line) => ({ ...text, line, height: Math.max(LINE, text.size * 1.4) }));
    });
  }

  function written(pen, lines, top) {
    let at = top;
    for (const { line, size, weight, colour, height } of lines) {
      pen.font = fontOf(size, weight);
      pen.fillStyle = colour;
      pen.fillText(line, EDGE, at + height - 5);
      at += height;
    }
    return at;
  }

  async function picture(place, told) {
    const { address, width, height, colours } = await dripline.charts.asDrawn(place);
    const chart = await loaded(address);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const { above, below } = paragraphs(told, colours);
    const head = measured(pen, above, width);
    const foot = measured(pen, below, width);
    const tall = (lines) => lines.reduce((sum, line) => sum + line.height, 0);
    const whole = EDGE + tall(head) + 10 + height + 10 + tall(foot) + EDGE;
    canvas.width = (width + 2 * EDGE) * SCALE;
    canvas.height = whole * SCALE;
    pen.scale(SCALE, SCALE);
    pen.fillStyle = colours.card;
    pen.fillRect(0, 0, width + 2 * EDGE, whole);
    const top = written(pen, head, EDGE) + 10;
    pen.drawImage(chart, EDGE, top, width, height);
    written(pen, foot, top + height + 10);
    return new Promise((done) => canvas.toBlob(done, "image/png"));
  }

  /* Saves the picture of the chart in the same card as the button. */
  dripline.savePicture = async (button, told) => {
    const place = button.closest(".card").querySelector(".graph");
    const blob = await picture(place, told);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = told.name;
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    button.closest("details")?.removeAttribute("open");
  };
})();
