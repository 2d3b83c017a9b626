// Charts from the JSON in their data-chart. Canvas, and tooltips drawn as text: nothing here writes HTML, so no post or name can.
(function () {
  "use strict";
  const drawn = new Map();
  const DASHES = ["solid", [6, 4], [2, 3], [8, 3, 2, 3], [1, 4], "solid", [6, 4], [2, 3]];
  const SYMBOLS = ["circle", "rect", "triangle", "diamond", "pin", "circle", "rect", "triangle"];
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colour = (of) => token(typeof of === "number" ? `--brand-${(of % 8) + 1}` : `--${of === "neutral" ? "neutral-fill" : of}`);

  const words = document.documentElement.dataset, language = document.documentElement.lang;
  const ENDINGS = { "%": words.percent, minutes: words.minutes, hours: words.hours };

  function said(value, unit) {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    const digits = unit === "money" || unit === "ratio" ? 2 : size > 0 && size < 1 ? 1 : 0;
    const text = size.toLocaleString(language, { minimumFractionDigits: digits > 1 ? digits : 0, maximumFractionDigits: digits });
    return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text + (ENDINGS[unit] || "");
  }

  function address(spec, line, at) {
    const url = new URL(spec.base, location.origin);
    if (line.brand) url.searchParams.set("brand", line.brand);
    if (line.label) url.searchParams.set("label", line.label);
    if (spec.periods[at]) url.searchParams.set("period", spec.periods[at]);
    return url.pathname + url.search;
  }

  // What an estimate lies between, as a band below its line.
  function band(line, fill) {
    if (!line.values.some((one) => one[1] !== null && one[2] !== null)) return [];
    const common = { type: "line", stack: `band-${line.name}`, stackStrategy: "all", symbol: "none", silent: true, animation: false, lineStyle: { opacity: 0 }, tooltip: { show: false }, emphasis: { disabled: true }, z: 1 };
    const known = (one) => one[1] !== null && one[2] !== null;
    return [
      { ...common, name: `${line.name} low`, data: line.values.map((one) => (known(one) ? one[1] : null)) },
      { ...common, name: `${line.name} high`, data: line.values.map((one) => (known(one) ? one[2] - one[1] : null)), areaStyle: { color: fill, opacity: 0.13 } },
    ];
  }

  function series(spec) {
    const alone = spec.lines.length;
    return spec.lines.flatMap((line, at) => {
      const own = colour(line.colour);
      const data = line.values.map((one) => one[0]);
      if (spec.kind === "line") {
        return [
          ...(alone <= 2 || at === 0 ? band(line, own) : []),
          { name: line.name, type: "line", data, color: own, symbol: SYMBOLS[at % 8], symbolSize: 6, showSymbol: data.length < 3, connectNulls: false, z: 5 - Math.min(at, 3),
            lineStyle: { width: at === 0 ? 2.5 : 1.75, type: DASHES[at % 8], cap: "round" }, emphasis: { focus: "series" }, triggerLineEvent: true },
        ];
      }
      return [{ name: line.name, type: "bar", data, color: own, stack: spec.kind === "stack" ? "all" : undefined, barMaxWidth: 28,
        itemStyle: { borderRadius: spec.kind === "stack" ? 0 : [3, 3, 0, 0] }, emphasis: { focus: "series" } }];
    });
  }

  function options(spec) {
    const text = token("--text"), muted = token("--muted"), line = token("--line"), surface = token("--surface");
    const font = "Inter, system-ui, sans-serif";
    const narrow = innerWidth < 640;
    return {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches, animationDuration: 350,
      textStyle: { fontFamily: font, color: text },
      grid: { left: 4, right: 12, top: spec.lines.length > 1 ? 34 : 12, bottom: 2, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: spec.lines.length > 1 ? { top: 0, left: 0, type: "scroll", itemGap: 16, itemWidth: 20, itemHeight: 8, icon: spec.kind === "line" ? undefined : "roundRect", textStyle: { color: muted, fontSize: 12 }, inactiveColor: line,
        pageIconColor: muted, pageTextStyle: { color: muted }, data: spec.lines.map((one) => one.name) } : { show: false },
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: surface, borderColor: line, padding: [8, 12], textStyle: { color: text, fontSize: 12.5, fontFamily: font, lineHeight: 19 },
        axisPointer: { type: spec.kind === "line" ? "line" : "shadow", lineStyle: { color: muted, type: "dashed" }, shadowStyle: { color: muted, opacity: 0.08 } },
        formatter: (found) => {
          const at = found[0].dataIndex;
          const rows = spec.lines.map((one) => {
            const [value, low, high] = one.values[at];
            const range = low === null || high === null ? "" : `  (${words.range.replace("{low}", said(low, spec.unit)).replace("{high}", said(high, spec.unit))})`;
            return `${one.name}  ${said(value, spec.unit)}${range}`;
          });
          return [spec.names[at], ...rows].join("\n").replace(/[{}|]/g, " ");
        },
      },
      xAxis: { type: "category", data: spec.names, boundaryGap: spec.kind !== "line", axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: muted, fontSize: 11.5, hideOverlap: true, margin: 10 } },
      yAxis: { type: "value", splitNumber: narrow ? 3 : 4, min: spec.unit === "points" ? (v) => Math.max(-100, Math.floor(v.min / 20) * 20) : undefined, max: spec.unit === "%" ? (v) => (v.max > 75 ? 100 : undefined) : undefined, axisLabel: { color: muted, fontSize: 11.5, formatter: (value) => (spec.unit === "%" ? value.toLocaleString(language) + words.percent : said(value, spec.unit === "money" ? "count" : spec.unit)) }, splitLine: { lineStyle: { color: line } } },
      series: series(spec),
    };
  }

  function draw(place) {
    if (drawn.has(place) || !window.echarts || !place.clientWidth) return;
    const spec = JSON.parse(place.dataset.chart);
    const holder = document.createElement("div");
    holder.className = "chart-canvas";
    holder.setAttribute("aria-hidden", "true");
    place.append(holder);
    const chart = window.echarts.init(holder, null, { renderer: "canvas" });
    chart.setOption(options(spec));
    chart.getZr().on("click", (event) => {
      const at = chart.convertFromPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]);
      if (!chart.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]) || !at) return;
      const index = Math.max(0, Math.min(spec.names.length - 1, Math.round(at[0])));
      const near = spec.kind === "line" ? nearest(spec, index, at[1]) : spec.lines.length === 1 ? spec.lines[0] : { };
      location.href = address(spec, near, index);
    });
    chart.getZr().on("mousemove", (event) => chart.getZr().setCursorStyle(chart.containPixel({ gridIndex: 0 }, [event.offsetX, event.offsetY]) ? "pointer" : "default"));
    new ResizeObserver(() => chart.resize()).observe(place);
    drawn.set(place, { chart, spec });
  }

  function nearest(spec, index, height) {
    const known = spec.lines.filter((one) => one.values[index][0] !== null);
    return known.sort((a, b) => Math.abs(a.values[index][0] - height) - Math.abs(b.values[index][0] - height))[0] || {};
  }

  function drawAll() {
    for (const [place, one] of drawn) if (!place.isConnected) { one.chart.dispose(); drawn.delete(place); }
    document.querySelectorAll("[data-chart]").forEach(draw);
  }

  document.addEventListener("DOMContentLoaded", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  document.addEventListener("listener:theme", () => drawn.forEach((one) => one.chart.setOption(options(one.spec), true)));
  if (document.readyState !== "loading") drawAll();
})();
