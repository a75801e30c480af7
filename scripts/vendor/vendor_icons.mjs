// Builds ghost_engine/collect/synth/vendor/icons/<set>.json: the same names in every set, each with
// the inner markup of its SVG, under the attributes the set's <svg> element needs.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const TARGET = path.join(HERE, "../../ghost_engine/collect/synth/vendor/icons");
const LINE = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round" };
const SETS = {
  lucide: { package: "lucide-static", folder: "icons", attributes: LINE },
  tabler: { package: "@tabler/icons", folder: "icons/outline", attributes: LINE },
  bootstrap: { package: "bootstrap-icons", folder: "icons", attributes: { viewBox: "0 0 16 16", fill: "currentColor" } },
};

// Our name, then the file in lucide, tabler and bootstrap.
const NAMES = `
home             house               home                house
home-2           house-plus          home-2              house-door
dashboard        layout-dashboard    dashboard           speedometer2
users            users               users               people
user             user                user                person
user-plus        user-plus           user-plus           person-plus
settings         settings            settings            gear
search           search              search              search
filter           list-filter         filter              funnel
plus             plus                plus                plus-lg
edit             pencil              edit                pencil
trash            trash-2             trash               trash
eye              eye                 eye                 eye
download         download            download            download
upload           upload              upload              upload
print            printer             printer             printer
calendar         calendar            calendar            calendar
clock            clock               clock               clock
mail             mail                mail                envelope
phone            phone               phone               telephone
map-pin          map-pin             map-pin             geo-alt
bell             bell                bell                bell
menu             menu                menu-2              list
more-horizontal  ellipsis            dots                three-dots
more-vertical    ellipsis-vertical   dots-vertical       three-dots-vertical
chevron-left     chevron-left        chevron-left        chevron-left
chevron-right    chevron-right       chevron-right       chevron-right
chevron-up       chevron-up          chevron-up          chevron-up
chevron-down     chevron-down        chevron-down        chevron-down
arrow-left       arrow-left          arrow-left          arrow-left
arrow-right      arrow-right         arrow-right         arrow-right
arrow-up         arrow-up            arrow-up            arrow-up
arrow-down       arrow-down          arrow-down          arrow-down
sort             arrow-up-down       arrows-sort         arrow-down-up
check            check               check               check-lg
x                x                   x                   x-lg
alert            triangle-alert      alert-triangle      exclamation-triangle
info             info                info-circle         info-circle
help             circle-question-mark help-circle        question-circle
star             star                star                star
heart            heart               heart               heart
tag              tag                 tag                 tag
tags             tags                tags                tags
folder           folder              folder              folder
file             file                file                file-earmark
file-text        file-text           file-text           file-earmark-text
image            image               photo               image
paperclip        paperclip           paperclip           paperclip
link             link                link                link-45deg
lock             lock                lock                lock
unlock           lock-open           lock-open           unlock
key              key                 key                 key
key-round        key-round           lock-password       file-lock
shield           shield              shield              shield
credit-card      credit-card         credit-card         credit-card
wallet           wallet              wallet              wallet2
dollar           dollar-sign         currency-dollar     currency-dollar
receipt          receipt             receipt             receipt
cart             shopping-cart       shopping-cart       cart
bag              shopping-bag        shopping-bag        bag
package          package             package             box-seam
box              box                 box                 box
truck            truck               truck               truck
store            store               building-store      shop
building         building            building            building
hospital         hospital            building-hospital   hospital
stethoscope      stethoscope         stethoscope         heart-pulse
pill             pill                pill                capsule
activity         activity            activity            activity
book             book                book                book
graduation       graduation-cap      school              mortarboard
briefcase        briefcase           briefcase           briefcase
wrench           wrench              tool                wrench
tool             hammer              hammer              tools
car              car                 car                 car-front
plane            plane               plane               airplane
train            train-front         train               train-front
bed              bed                 bed                 lamp
utensils         utensils            tools-kitchen-2     fork-knife
coffee           coffee              coffee              cup-hot
film             film                movie               film
music            music               music               music-note
mic              mic                 microphone          mic
camera           camera              camera              camera
ticket           ticket              ticket              ticket-perforated
trophy           trophy              trophy              trophy
dumbbell         dumbbell            barbell             bicycle
leaf             leaf                leaf                tree
sun              sun                 sun                 sun
moon             moon                moon                moon
cloud            cloud               cloud               cloud
droplet          droplet             droplet             droplet
flask            flask-conical       flask               eyedropper
cpu              cpu                 cpu                 cpu
server           server              server              hdd-stack
database         database            database            database
code             code                code                code-slash
git-branch       git-branch          git-branch          diagram-2
bug              bug                 bug                 bug
terminal         terminal            terminal            terminal
globe            globe               world               globe
flag             flag                flag                flag
message          message-square      message             chat-square-text
chat             message-circle      message-circle      chat
send             send                send                send
inbox            inbox               inbox               inbox
archive          archive             archive             archive
list             list                list                list-ul
grid             layout-grid         layout-grid         grid
columns          columns-3           columns-3           layout-three-columns
layers           layers              stack-2             layers
chart-bar        chart-column        chart-bar           bar-chart
chart-line       chart-line          chart-line          graph-up
chart-pie        chart-pie           chart-pie           pie-chart
log-out          log-out             logout              box-arrow-right
refresh          refresh-cw          refresh             arrow-clockwise
copy             copy                copy                copy
share            share-2             share               share
external-link    external-link       external-link       box-arrow-up-right
play             play                player-play         play
pause            pause               player-pause        pause
paw              paw-print           paw                 balloon-heart
gift             gift                gift                gift
scale            scale               scale               clipboard-data
gavel            gavel               gavel               hammer
ship             ship                ship                water
fuel             fuel                gas-station         fuel-pump
zap              zap                 bolt                lightning
`.trim().split("\n").map((line) => line.split(/\s+/));

// Names that domains use for their tables, in one set only: every other set borrows them.
const MORE = `
alert-triangle armchair arrow-left-right award backpack badge badge-check
badge-dollar-sign banknote bar-chart beef book-open bookmark boxes building-2
calendar-check calendar-clock calendar-days clipboard clipboard-check clipboard-list
check-square cog coins concierge-bell contact door-open droplets factory feather
file-check file-signature file-warning flask-conical folder-kanban folder-open folder-tree
git-fork graduation-cap hammer hand-coins hand-helping handshake headphones headset
heart-handshake history id-card kanban landmark layout-grid library life-buoy list-music
list-ordered list-tree map megaphone message-circle message-square milestone network
newspaper palmtree paw-print pen-line percent phone-call plus-circle podcast presentation
receipt-text repeat rocket scan-line school scroll search-check shopping-bag shopping-cart
siren sprout syringe target timer tractor umbrella user-check user-search user-x warehouse
wheat gauge swords medal shirt trees bike bus palette frame images hourglass radio router
laptop monitor smartphone plug badge-percent calculator scissors
`.trim().split(/\s+/);

fs.mkdirSync(path.join(TARGET, "more"), { recursive: true });
for (const [position, [set, source]] of Object.entries(SETS).entries()) {
  const home = path.join(HERE, "node_modules", source.package);
  const { version, license } = JSON.parse(fs.readFileSync(path.join(home, "package.json"), "utf8"));
  const icons = Object.fromEntries(NAMES.map((row) => [row[0], inner(path.join(home, source.folder, `${row[position + 1]}.svg`))]));
  const record = { package: source.package, version, license, attributes: source.attributes, icons };
  fs.writeFileSync(path.join(TARGET, `${set}.json`), `${JSON.stringify(record, null, 1)}\n`);
  fs.copyFileSync(path.join(home, "LICENSE"), path.join(TARGET, `LICENSE-${set}.txt`));
}

{
  const home = path.join(HERE, "node_modules", SETS.lucide.package);
  const icons = {};
  for (const name of MORE) icons[name] = inner(path.join(home, SETS.lucide.folder, `${name}.svg`));
  const record = { package: SETS.lucide.package, attributes: LINE, icons };
  fs.writeFileSync(path.join(TARGET, "more", "lucide.json"), `${JSON.stringify(record, null, 1)}\n`);
}

function inner(file) {
  const svg = fs.readFileSync(file, "utf8").replace(/<!--.*?-->/gs, "");
  const body = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
  return body.replace('<path stroke="none" d="M0 0h24v24H0z" fill="none" />', "").replace(/\s+/g, " ").replace(/> </g, "><").trim();
}
