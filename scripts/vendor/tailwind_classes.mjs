// The Tailwind utilities that the generated style sheet holds, written out as plain class names.

const cross = (prefixes, values) => prefixes.flatMap((p) => values.map((v) => `${p}-${v}`));
const words = (text) => text.trim().split(/\s+/);

const SHADES = words("50 100 200 300 400 500 600 700 800 900 950");
const GREYS = words("slate gray zinc stone");
const HUES = words("red orange amber yellow green emerald teal cyan sky blue indigo violet purple pink rose");
const SPACES = words("0 px 0.5 1 1.5 2 2.5 3 3.5 4 5 6 7 8 9 10 11 12 14 16 20 24");
const SIZES = [...SPACES, ...words("28 32 36 40 44 48 52 56 60 64 72 80 96")];
const FRACTIONS = words("auto full 1/2 1/3 2/3 1/4 3/4 1/5 2/5 3/5 4/5");

const tones = cross([...GREYS, ...HUES], SHADES);
const greyTones = cross(GREYS, SHADES);
const colours = [
  ...cross(["bg", "text", "border"], [...tones, "white", "black", "transparent", "current"]),
  ...cross(["ring", "divide", "accent"], [...cross(["gray", "slate", "zinc", "blue", "indigo", "red", "green"], words("200 300 500 600 700")), "white"]),
  ...cross(["bg"], [...cross(HUES, words("500/10 500/20 400/10")), "black/50", "gray-900/50", "gray-500/75", "white/5", "white/10"]),
  ...cross(["from", "to"], cross(HUES, words("400 500 600 700"))),
  ...cross(["placeholder"], words("gray-400 gray-500")),
];
const darkColours = [
  ...cross(["bg", "text", "border", "divide", "ring"], [...greyTones, "white", "black", "white/5", "white/10"]),
  ...cross(["text"], cross(HUES, words("200 300 400 500"))),
  ...cross(["bg"], cross(HUES, words("400/10 500/10 500/20 900/30 400 500 600 800 900 950"))),
  ...cross(["border"], cross(HUES, words("400 500 700 800"))),
  "hidden", "block", "shadow-none", "placeholder-gray-400",
];
const spacing = [
  ...cross(words("p px py pt pr pb pl m mx my mt mr mb ml gap gap-x gap-y"), SPACES),
  ...cross(words("space-x space-y"), words("0 1 1.5 2 3 4 5 6 8 10 12 px")),
  ...cross(words("mx my m mt ml mr mb"), ["auto"]),
  ...cross(words("-m -mx -mt -ml -mr -my -mb"), words("px 0.5 1 1.5 2 3 4 5 6")),
];
const sizing = [
  ...cross(words("w h size"), [...SIZES, ...FRACTIONS]),
  ...words("w-screen h-screen min-h-screen min-h-full min-w-full min-w-0 min-h-0 h-dvh w-fit w-max w-min h-fit h-px w-px"),
  ...cross(["max-w"], words("xs sm md lg xl 2xl 3xl 4xl 5xl 6xl 7xl full none prose screen-md screen-lg screen-xl screen-2xl")),
  ...cross(["max-h"], words("32 40 48 60 64 72 80 96 full screen")),
  ...cross(["min-w"], words("24 32 40 48 64")),
];
const layout = words(`
  container block inline-block inline flex inline-flex grid inline-grid table table-row table-cell table-fixed table-auto
  border-collapse border-separate border-spacing-0 hidden contents static relative absolute fixed sticky inset-0 inset-x-0 inset-y-0
  top-0 right-0 bottom-0 left-0 top-1 right-1 top-2 right-2 left-2 bottom-2 top-3 right-3 left-3 bottom-3 top-4 right-4 left-4 bottom-4 top-6 right-6 bottom-6
  top-1/2 left-1/2 top-full left-full right-full top-16 top-14 -top-1 -right-1 -top-2 -right-2 -translate-x-1/2 -translate-y-1/2 translate-x-0 translate-x-1 translate-x-4 translate-x-5 translate-x-6 translate-y-0
  z-0 z-10 z-20 z-30 z-40 z-50 float-left float-right overflow-auto overflow-hidden overflow-visible overflow-x-auto overflow-y-auto overflow-x-hidden
  flex-row flex-col flex-row-reverse flex-wrap flex-nowrap flex-1 flex-auto flex-none flex-initial grow grow-0 shrink shrink-0 basis-0 basis-1/2 basis-1/3 basis-full
  items-start items-center items-end items-baseline items-stretch justify-start justify-center justify-end justify-between justify-around justify-evenly
  self-start self-center self-end self-stretch content-center place-items-center place-content-center justify-self-end justify-items-center
  order-1 order-2 order-first order-last isolate box-border object-cover object-contain aspect-square aspect-video columns-2 columns-3 break-inside-avoid
  grid-flow-row grid-flow-col auto-rows-fr auto-rows-min auto-cols-fr col-span-full row-span-2 row-span-3 col-auto col-start-1 col-start-2
  ${cross(["grid-cols"], words("1 2 3 4 5 6 7 8 9 10 11 12 none")).join(" ")} ${cross(["col-span"], words("1 2 3 4 5 6 7 8 9 10 11 12")).join(" ")}
  ${cross(["grid-rows"], words("1 2 3 4 5 6")).join(" ")}
`);
const text = words(`
  ${cross(["text"], words("xs sm base lg xl 2xl 3xl 4xl 5xl left center right justify")).join(" ")}
  font-sans font-serif font-mono ${cross(["font"], words("light normal medium semibold bold extrabold")).join(" ")}
  ${cross(["leading"], words("none tight snug normal relaxed loose 4 5 6 7 8 9 10")).join(" ")}
  tracking-tight tracking-tighter tracking-normal tracking-wide tracking-wider tracking-widest uppercase lowercase capitalize normal-case italic not-italic
  underline no-underline line-through underline-offset-2 truncate text-ellipsis whitespace-nowrap whitespace-normal whitespace-pre-wrap break-words break-all
  line-clamp-1 line-clamp-2 line-clamp-3 tabular-nums antialiased align-top align-middle align-bottom align-baseline list-none list-disc list-inside list-decimal sr-only
`);
const borders = words(`
  border border-0 border-2 border-4 border-t border-r border-b border-l border-x border-y border-t-0 border-b-0 border-b-2 border-t-2 border-l-2 border-l-4 border-r-2 border-t-4
  border-solid border-dashed border-dotted border-none divide-x divide-y divide-x-0 divide-y-0 divide-dashed
  ${cross(["rounded"], words("none sm md lg xl 2xl 3xl full")).join(" ")} rounded ${cross(words("rounded-t rounded-b rounded-l rounded-r"), words("none sm md lg xl full")).join(" ")} rounded-l rounded-r rounded-t rounded-b
  ring ring-0 ring-1 ring-2 ring-4 ring-inset ring-offset-1 ring-offset-2 outline-none outline ring-black ring-black/5 ring-gray-900/5 ring-gray-500/10 ring-white/10 ring-inset
  ${cross(["ring"], cross(HUES, ["600/20", "500/10", "400/30"])).join(" ")}
  ${cross(["shadow"], words("sm md lg xl 2xl inner none")).join(" ")} shadow
  ${cross(["opacity"], words("0 25 40 50 60 70 75 80 90 100")).join(" ")}
  bg-gradient-to-r bg-gradient-to-b bg-gradient-to-br bg-cover bg-center blur-sm backdrop-blur backdrop-blur-sm
  cursor-pointer cursor-default cursor-not-allowed pointer-events-none select-none resize-none appearance-none transition transition-colors duration-150 animate-spin
  rotate-45 rotate-90 rotate-180 -rotate-90 rotate-0 transform origin-top-right fill-current stroke-current fill-none stroke-2 fill-white
  form-input form-textarea form-select form-checkbox form-radio form-multiselect peer group
`);
const stepped = [
  ...cross(["grid-cols"], words("1 2 3 4 5 6 12")), ...cross(["col-span"], words("1 2 3 4 5 6 7 8 9 12")),
  ...words("hidden block flex inline-flex inline grid table-cell flex-row flex-col items-center items-start justify-between justify-end space-x-4 space-y-0 gap-4 gap-6 gap-8 p-4 p-6 p-8 px-4 px-6 px-8 py-4 py-6 mt-0 ml-0 ml-4 ml-64 pl-64 pl-72 w-auto w-64 w-72 w-1/2 w-1/3 w-full text-sm text-base text-lg rounded-lg max-w-lg max-w-xl max-w-md"),
];
const touched = [
  ...cross(["hover"], words("bg-gray-50 bg-gray-100 bg-gray-200 bg-gray-700 bg-slate-50 bg-slate-100 bg-zinc-50 bg-zinc-100 bg-blue-700 bg-indigo-700 bg-red-700 text-gray-700 text-gray-900 underline")),
  ...cross(["odd", "even"], words("bg-white bg-gray-50 bg-gray-100 bg-slate-50 bg-slate-100 bg-zinc-50")),
  ...cross(["dark:even", "dark:odd"], words("bg-gray-800 bg-gray-900 bg-slate-800 bg-slate-900 bg-zinc-800 bg-zinc-900 bg-white/5")),
  ...cross(["dark:hover"], words("bg-gray-600 bg-gray-700 bg-gray-800 bg-white/5 text-white")),
  ...cross(["focus"], words("outline-none ring-2 ring-blue-500 ring-indigo-500 border-blue-500 border-indigo-500")),
  ...words("first:pt-0 last:pb-0 first:rounded-t-lg last:rounded-b-lg last:border-0 last:border-b-0 first:border-t-0 disabled:opacity-50 disabled:cursor-not-allowed disabled:bg-gray-100"),
];

export const TAILWIND_CLASSES = [
  ...colours, ...cross(["dark"], []), ...darkColours.map((name) => `dark:${name}`),
  ...spacing, ...sizing, ...layout, ...text, ...borders, ...touched,
  ...["sm", "md", "lg"].flatMap((step) => stepped.map((name) => `${step}:${name}`)),
];
