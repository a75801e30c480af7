// What each vendored framework is made of: the files taken from its npm package, in order, and
// the selectors that a business application never shows. A selector goes when one of the `drop`
// expressions matches it; everything else stays, so the lists say what is missing, not what is there.

// Gone from every framework: mirrored copies, other browsers, motion, printing, and the states that
// need a mouse (a screenshot has none).
export const DROP_ALWAYS = [
  /:hover|:active(?![\w-])|::selection/,
  /^(?!.*(input|select|textarea|form|field|control|search|picker|checkbox)).*:focus/i,
  /\[dir=['"]?rtl/, /:dir\(rtl\)/, /-rtl\b/, /\.rtl\b/, /::?-(moz|ms|o)-/, /::-webkit-(file-upload|media)/,
  /skeleton/i, /carousel/, /parallax/, /slideshow/, /d-print-|hidden-print|visible-print/,
];

const ANTD_PARTS =
  "anchor|back-top|backtop|carousel|cascader|comment|image|mentions|transfer|tree-select|upload|zoom|" +
  "typography\\+|select-tree|tree|picker-range|picker-calendar-full|tabs-(left|bottom|right)|btn-(background-ghost|compact|dangerous\\.ant-btn-(text|link|dashed|ghost))|" +
  "menu-inline-collapsed|steps-(navigation|dot)|input-number-group|dropdown-arrow|notification-rtl|slide|move|motion|fade|scroll-number-only|affix|ribbon|click-animating|show-help|notification-(fade|top|bottom)";

// Declarations that no screenshot shows; without transitions a page is still from the first frame.
export const DROP_DECLARATIONS = /^(-webkit-|-moz-|-ms-|-o-)?(transition.*|cursor|user-select|touch-action|will-change|tap-highlight-color|overflow-scrolling)$/;

export const FRAMEWORKS = {
  bootstrap: {
    package: "bootstrap",
    files: ["dist/css/bootstrap.min.css"],
    drop: [/placeholder-(glow|wave)/, /\.ratio/, /-xxl\b/, /\.ribbon/],
    left_out: "carousel, ratios, the xxl steps of the grid and of the utilities",
  },
  tabler: {
    package: "@tabler/core",
    files: ["dist/css/tabler.min.css"],
    drop: [
      /-xxl\b/, /-xl-/, /-sm-/, /\.flag|payment|social-/, /\.ribbon/, /signal/, /otp/, /sparkline/, /markdown/, /data-bs-theme-(?!base)/,
      /\.link-(facebook|twitter|google|youtube|vimeo|dribbble|github|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|linkedin|x)\b/,
      /-(facebook|twitter|google|youtube|vimeo|dribbble|instagram|pinterest|vk|rss|flickr|bitbucket|tabler|linkedin)\b/,
      /\.(hr|divide|object|countup|map|dropzone|jvm|apexcharts|fslightbox|plyr|tox|litepicker|noUi|ts)[-_.]/i,
      /\.bg-\w+-lt-fg|gradient/, /\.text-bg-.*-lt/, /page-(cover|center-)/, /\.theme-/, /browser|cookie|chat|signature|onboarding/,
      /\.btn-(animate|loading-)/, /\.\w+-(dashed|wavy)/,
      /navbar-expand-(sm|md|xl|xxl)/, /navbar-folded|data-bs-sidebar|layout-(boxed|fluid)|offcanvas-(md|lg|floating)|form-floating|btn-group-vertical|legend|popover|navbar-floating/, /\.(m|p|g|gap|order|offset|text|float|rounded|object)[a-z]*-md-/, /bg-pattern|prose|imagecheck|colorinput|navbar-right|table-mobile|colou?r-check|focus-ring|hide-theme|calendar-range/, /offcanvas-(sm|xl|xxl)/, /list-group-horizontal/, /steps-(?!counter|vertical|color|blue|green)/,
    ],
    drop_unused_properties: /-\d+$|rgb$|-darken$|-fg$/,
    left_out: "flags, payments, brand colours, ribbons, one-time-code inputs, gradients, sm/xl/xxl steps",
  },
  bulma: {
    package: "bulma",
    files: ["css/bulma.min.css"],
    drop: [
      /\.hero/, /\.theme-light|data-theme=["']?light/, /cell/, /fixed-grid/, /palette/, /-(touch|widescreen|fullhd|desktop-only|tablet-only|widescreen-only|until-\w+)\b/,
      /has-(text|background)-[\w]+-(0\d|1\d|2\d|3\d|4\d|5\d|6\d|7\d|8\d|9\d|100|\d\d)\b/, /-(invert|on-scheme)\b/,
      /is-display|is-column-|is-row-|aspect|\.panel-.*\.is-/, /is-\d+-(mobile|desktop)/, /is-gap|is-column-gap/,
      /is-theme|cell|has-(ratio)|is-(\d+)by/, /is-size-.*-(mobile|desktop)/,
    ],
    drop_unused_properties: /\d|-(invert|dark|light|bold|soft|on-scheme)/,
    left_out: "hero, the CSS grid, numbered shades, palettes, touch/widescreen/fullhd steps",
  },
  antd: {
    package: "antd",
    files: ["dist/antd.min.css"],
    dark: { file: "dist/antd.dark.min.css", scope: "[data-theme=dark]" },
    drop: [
      new RegExp(`\\.ant-(${ANTD_PARTS})`), /\.ant-col-(xs|sm|xl|xxl)-/, /-(push|pull|order|offset)-\d/,
      /ant-(popover|tooltip)-(magenta|volcano|pink|red|yellow|orange|cyan|green|blue|purple|geekblue|gold|lime)/, /ant-(rate|slider|page-header-rtl|list-vertical)/, /table-(ping|has-fix)/, /-(enter|leave|appear)\b/, /picker-(range-wrapper|quarter|decade)/, /ant-tree-(treenode-drag|show-line)/,
    ],
    // The dark build leaves the light sider white; applications give it the colour of a card.
    extra: ":where([data-theme=dark]) .ant-layout-sider-light{background:#141414}",
    left_out: "anchor, cascader, comment, image, mentions, transfer, upload, motion; xs/sm/xl columns",
  },
  element: {
    package: "element-plus",
    files: ["dist/index.css", "theme-chalk/dark/css-vars.css"],
    drop: [
      /\.el-(cascader|transfer|color|tour|mention|splitter|anchor|carousel|backtop|image|upload|quarter|zoom|fade|watermark)/,
      /el-table-v2|date-range|time-range|month-range|year-range|el-slider|el-tree(?!-select)|el-rate|button-group--vertical|el-tabs__.*is-(left|right|bottom)|el-tabs--(left|right|bottom)|el-timeline--/, /\.el-col-(xs|sm|lg|xl)-/, /-(push|pull|offset)-\d/, /-(enter|leave)-(from|to|active)/,
    ],
    left_out: "cascader, transfer, colour picker, tour, upload, image; xs/sm/lg/xl columns",
  },
  fomantic: {
    package: "fomantic-ui-css",
    files: (
      "reset site button container divider header icon input label list segment breadcrumb form grid menu message " +
      "table card item statistic checkbox dimmer dropdown modal tab progress popup calendar step toast " +
      "placeholder image comment feed loader sidebar accordion search text"
    ).split(" ").map((part) => `components/${part}.min.css`),
    drop: [
      /\.(olive|pink|brown|violet)\b/, /\.tertiary/, /\.(facebook|twitter|google|vk|linkedin|instagram|youtube|whatsapp|telegram)\b/,
      /wide (widescreen|large screen|mobile|computer)/, /\.wide\.(widescreen|large|mobile|tablet|computer)/, /\.only\b/,
      /\.(mini|massive|huge|big)\b.*\.(steps?|card|cards|header|dropdown|search|item|form|field|list|statistic|comment|feed|checkbox|segment|accordion|calendar|placeholder|loader|message|popup|toast)\b/,
      /\.(steps?|card|cards|dropdown|search|form|list|statistic|statistics|comments|feed|items)\.?.*\.(mini|massive|huge)\b/,
      /\.ui\.(mini|massive|huge|big)\b.*\.(steps?|cards?|dropdown|search|form|list|statistics?|comments|feed|items|table)\b/,
      /\.doubling|mobile|tablet|computer|\.indicating|\.reversed|\.celled\.grid|\.internally|\.transparent|\.stackable.*\.divider/,
      /type=["']?(color|datetime|datetime-local|month|week|file)["']?\]/, /\.field\.(success|info|warning)|\.(success|info|warning) \.field/,
      /\.(red|orange|yellow|green|teal|blue|purple|grey|black)\b.*\.(steps?|card|cards|segment|placeholder|dimmer|popup|feed|list|loader)\b/,
      /(table|tr|td|th)[^ ]*\.(red|orange|yellow|teal|purple|grey|black|blue|green|marked|colored|left|right)\b/,
      /\.(red|orange|yellow|teal|purple|grey|black|blue|green)\.[\w.]*table/, /(nine|ten|eleven|twelve|thirteen|fourteen|fifteen).*column/,
      /\.inverted\.(red|orange|yellow|teal|purple|grey|black|blue|green)|\.(red|orange|yellow|teal|purple|black|blue|green)\.inverted|\.inverted .*\.(basic|tertiary)/,
      /\.animated|\.vertical\.animated|\.tag\.label.*\.(mini|tiny|small|large)|\.(pointing|ribbon).*\.(red|orange|yellow|teal|purple|grey|black|blue|green)/,
      /\.inverted.*\.(tertiary|basic).*\.(olive|pink|brown|violet|purple|yellow)/, /\.(elastic|slow|fast)\b/, /\.double|loader.*(elastic)/,
      /^i\.icon\.[\w.]+:+before/, /marked/, /\.resizable|scrollbar|\.circular.*step|\.invisible|\.corner|\.feed.*label/, /\.(yellow|purple|black)\.(step|label|message)\b.*:/,
    ],
    left_out: "icon names and fonts, emoji, flags, sliders, transitions, olive/pink/brown/violet, tertiary, per-device columns",
  },
  materialize: {
    package: "materialize-css",
    files: ["dist/css/materialize.min.css"],
    drop: [/materialboxed|material-placeholder|scrollspy|pushpin|tap-target|slider\b(?!.*range)|scale-transition|waves-(?!effect)/],
    // The separator is a glyph of Google's icon font, which is not here.
    extra: '.breadcrumb:before{content:"\u203a" !important;font-family:inherit !important}',
    left_out: "parallax, carousel, sliders, tap targets, material box",
  },
  primer: {
    package: "@primer/css",
    files: ["dist/primer.css"],
    drop: [
      /colorblind|tritanopia|high[-_]contrast|dimmed/, /marketing|-mktg|anim-|blankslate-hero/, /AppFrame|suggester|branch-name/,
      /\.(top|right|bottom|left)-(sm|lg|xl)/, /-(sm|xl)-/, /offset-/, /Stack/, /markdown/, /\.social/,
    ],
    drop_unused_properties: /./,
    left_out: "marketing, markdown, colour-blind and high-contrast themes (light and dark stay), sm/xl steps",
  },
  uikit: {
    package: "uikit",
    files: ["dist/css/uikit.min.css"],
    drop: [
      /uk-(section|tile|overlay)-(default|primary|secondary|muted)\S* |uk-card-(primary|secondary)\S*>\S* |preserve-color|uk-dark\b/, /uk-(lightbox|slider|slideshow|transition|animation|sticky|dotnav|thumbnav|slidenav|cover|blend|leader|countdown|marker|dropcap|heading-(2x|3x|large|xlarge))/,
      /@(xl)/, /\\@(xl)/,
    ],
    left_out: "lightbox, sliders, transitions, the inverse copies of sections, tiles, cards and overlays (`uk-light` stays), xl steps",
  },
  carbon: {
    package: "@carbon/styles",
    files: ["css/styles.css"],
    drop: [
      /fluid/, /ai-(label|gradient)|--ai\b|slug|--ai-/, /guidebanner|coachmark|tearsheet|chat|big-number|interstitial|options-tile|edit-in-place|full-page-error|notifications-panel|guide-banner/,
      /--g(10|90)\b/, /side-panel|snippet|shape-indicator|scroll-gradient|tree|file|toggletip|content-switcher|page-header|truncated|user-avatar--order|card__|--card\b|resizer|tag-overflow/i,
      /--(xlg|max)\\:|--light|--a11y|--decorator|--inner__decorator|overflow-menu--(sm|lg)|--data-table--(top-aligned|sticky)/, /--(xlg|max|sm)(:|-)(?!.*(btn|input|table|tag))/, /aspect-ratio|feature-|popover--(?!bottom\b|caret|open|content|drop)/,
      /actionable|parent-row|multi-select|--dialog|unstable|empty-state|action-set|action-list|switcher|badge-indicator|icon-indicator|user-avatar|popover|stack-(h|v)/,
      /(slider|time-picker|number__.*--ai|combo-button|menu-button|subgrid|hang--|-start-|-end-)/, /structured-list|contained-list|inline-loading|copy-btn/,
    ],
    left_out: "fluid inputs, AI labels, banners, tearsheets, trees, files, snippets, sliders; g10 and g90 themes; remote fonts",
  },
  pico: { package: "@picocss/pico", files: ["css/pico.min.css"], drop: [], left_out: "nothing" },
  mantine: {
    package: "@mantine/core",
    files: ["styles.css"],
    rename_modules: "esm/components",
    drop: [
      /mantine-(AngleSlider|BackgroundImage|Burger-burger-x|ColorPicker|ColorInput|Dropzone|Spoiler|TableOfContents|Tree|RingProgress|SemiCircleProgress|Marquee|FloatingIndicator|HueSlider|AlphaSlider|RollingNumber|Splitter)/,
    ],
    left_out: "colour pickers, sliders for angles, trees, marquee; module class names turned back into `mantine-*`",
  },
  tailwind: { package: "tailwindcss", generated: true, drop: [], left_out: "a generated build; tailwind_classes.mjs lists the utilities" },
  blueprint: {
    package: "@blueprintjs/core",
    files: ["lib/css/blueprint.css"],
    drop: [/bp5-icon-(?!large|standard|muted)[a-z0-9-]+::?before/, /bp5-(tree|panel-stack|hotkey|running-text|resizable|overflow-list|multistep|slider|editable)/, /bp5-rtl/],
    left_out: "icon font, trees, panel stacks, hotkeys, running text, sliders",
  },
};
