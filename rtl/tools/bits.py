#!/usr/bin/env python3
"""bits.py CHIPDB X.asc X.json SLOT_BODY.v N SEED LIST >BODY.v - the body of a slot as
its bitstream has it, with N wrong bits of which port 'mutant' chooses one, 0 is none.

X.asc and X.json are what nextpnr made of body_pins.v: the bits, and where they have
in_q and out_q.  SLOT_BODY.v is the generated one, for its constants.  Bits are drawn
uniformly, by SEED, from all of the logic and RAM tiles in which the body uses a cell.
Of a drawn bit the switches and LUTs it changes are followed to the pins of cells that
are in use: when no pin and no used LUT changes, the netlist is what it was, and the bit
is drawn in vain.  LIST gets a line for each that is taken, its part first:

  lut         contents or settings of a cell in use
  routing     a pin has another source, or none: it is 0, an enable 1
  contention  a pin has several sources: it is their AND

What a clocked simulation cannot tell is not taken: clock polarity, asynchronous
resets, and wires that close a loop of logic.  stderr says how many of each there were.
"""
import json
import re
import sys
from collections import defaultdict

LUT = [4, 14, 15, 5, 6, 16, 17, 7, 3, 13, 12, 2, 1, 11, 10, 0]  # of a cell's 20 bits
CARRY, DFF, SET, ASYNC = 8, 9, 18, 19
RAM_PINS = [("RADDR", 11), ("WADDR", 11), ("MASK", 16), ("WDATA", 16),
            ("RE", 0), ("RCLKE", 0), ("WE", 0), ("WCLKE", 0)]
ONES = ("cen", "RCLKE", "WCLKE")
CSR_WE, IDLE = ("in", 1), ("out", 120)  # of body_pins.v: slot.v makes one of the other


def read_chip(path):
    """Physical nets by a wire's place and name, switches by tile, and globals."""
    net, switches, gbufin, padin = {}, defaultdict(list), [], {}
    kind, number, group = "", 0, None
    for line in open(path):
        word = line.split()
        if not word or word[0][0] == "#":
            continue
        if word[0][0] == ".":
            kind = word[0][1:]
            if kind == "net":
                number = int(word[1])
            elif kind in ("buffer", "routing"):
                at = (int(word[1]), int(word[2]))
                bits = [tuple(map(int, re.findall(r"\d+", b))) for b in word[4:]]
                group = (kind, int(word[3]), bits, {})
                switches[at].append(group)
        elif kind == "net":
            net[int(word[0]), int(word[1]), word[2]] = number
        elif kind in ("buffer", "routing"):
            group[3][word[0]] = int(word[1])
        elif kind == "gbufin":
            gbufin.append(tuple(map(int, word)))
        elif kind == "extra_bits":
            padin[tuple(map(int, word[1:]))] = int(word[0].split(".")[1])
    return net, switches, gbufin, padin


def read_bits(path):
    tiles, kinds, extra, at = {}, {}, [], None
    for line in open(path):
        word = line.split()
        if word and word[0].endswith("_tile"):
            at = (int(word[1]), int(word[2]))
            tiles[at], kinds[at] = [], word[0][1:-5]
        elif word and word[0] == ".extra_bit":
            extra.append(tuple(map(int, word[1:])))
        elif word and word[0][0] == ".":
            at = None
        elif word and at is not None:
            tiles[at].append([int(c) for c in word[0]])
    return tiles, kinds, extra


class Chip:
    def __init__(self, chipdb, asc):
        self.net, self.switches, gbufin, padin = read_chip(chipdb)
        self.tiles, self.kinds, extra = read_bits(asc)
        self.fanin = defaultdict(set)
        self.fanout = defaultdict(set)
        for at, groups in self.switches.items():
            for group in groups:
                for a, b in self.edges(at, group):
                    self.join(a, b)
        pads = {padin[e] for e in extra if e in padin}
        for x, y, g in gbufin:
            if g not in pads:
                self.join(self.net[x, y, "fabout"], self.net[1, 1, "glb_netwk_%d" % g])
        self.source = {}  # net: name of what drives it
        for (x, y, name), n in self.net.items():
            m = re.match(r"lutff_(\d)/(out|cout)$", name)
            if m and self.kinds.get((x, y)) == "logic":
                self.source[n] = "%s_%d_%d_%s" % ("q" if m[2] == "out" else "c", x, y, m[1])
            m = re.match(r"ram/RDATA_(\d+)$", name)
            if m and self.kinds.get((x, y), "")[:3] == "ram":
                self.source[n] = "r_%d_%d_%s" % (x, (y - 1) | 1, m[1])
            if re.match(r"io_\d/D_IN_0$", name) and self.kinds.get((x, y)) == "io":
                self.source[n] = "pad"
        for g in pads:
            self.source[self.net[1, 1, "glb_netwk_%d" % g]] = "pad"

    def join(self, a, b):
        self.fanin[b].add(a)
        self.fanout[a].add(b)

    def edges(self, at, group, flipped=None):
        """What a group of switches joins, by the bits as they are, but for one."""
        kind, dst, bits, table = group
        value = "".join(str(self.tiles[at][b][i] ^ ((b, i) == flipped)) for b, i in bits)
        if value not in table:
            return set()
        src = table[value]
        return {(src, dst), (dst, src)} if kind == "routing" else {(src, dst)}

    def sources(self, n, without=(), beside=()):
        found, seen, todo = set(), {n}, [n]
        while todo:
            at = todo.pop()
            if at in self.source:
                found.add(self.source[at])
            more = {a for a in self.fanin[at] if (a, at) not in without}
            more |= {a for a, b in beside if b == at}
            todo += [a for a in more if a not in seen]
            seen |= more
        return frozenset(found)

    def reached(self, changed, beside):
        seen, todo = set(changed), list(changed)
        while todo:
            at = todo.pop()
            more = set(self.fanout[at]) | {b for a, b in beside if a == at}
            todo += [a for a in more if a not in seen]
            seen |= more
        return seen


class Cell:
    """A logic cell: its 20 bits and its pins."""

    def __init__(self, chip, x, y, k):
        tile = chip.tiles[x, y]
        self.at, self.name = (x, y, k), "%d_%d_%d" % (x, y, k)
        self.bits = tile[2 * k][36:46] + tile[2 * k + 1][36:46]
        pin = {"i%d" % j: "lutff_%d/in_%d" % (k, j) for j in range(4)}
        pin.update({"cen": "lutff_global/cen", "clk": "lutff_global/clk", "sr": "lutff_global/s_r",
                    "cin": "lutff_%d/cout" % (k - 1) if k else "carry_in_mux"})
        self.pin = {p: chip.net[x, y, name] for p, name in pin.items()}
        self.one = k == 0 and tile[1][50]  # of a carry that nothing drives
        self.changes = defaultdict(list)  # pin or bit: [(mutant, new)]

    def init(self):
        return sum(self.bits[b] << k for k, b in enumerate(LUT))

    def reads(self):
        """The inputs that the LUT depends on."""
        init = self.init()
        return ["i%d" % j for j in range(4)
                if any((init >> k ^ init >> (k ^ 1 << j)) & 1 for k in range(16))]


def draw(seed):
    while True:  # Lehmer, D. H.: 2^31 - 1
        seed = seed * 48271 % 2147483647
        yield seed


class Body:
    def __init__(self, chip, layout):
        self.chip = chip
        self.cells = {}
        for (x, y), kind in chip.kinds.items():
            for k in range(8 if kind == "logic" else 0):
                cell = Cell(chip, x, y, k)
                if any(cell.bits):
                    self.cells[x, y, k] = cell
        self.rams = {}
        for (x, y), kind in chip.kinds.items():
            if kind == "ramb" and self.ram_used(x, y):
                self.rams[x, y] = self.ram(x, y)
        self.ends = self.find_ends(layout)
        self.place = {end: at for at, end in self.ends.items()}
        self.value = {}
        self.uses = defaultdict(list)  # net: [(cell or RAM, pin)]
        inner = {at: c for at, c in self.cells.items() if at not in self.ends}
        for owner in list(inner.values()) + list(self.rams.values()):
            for pin, n in owner.pin.items():
                self.uses[n].append((owner, pin))
                self.value[id(owner), pin] = chip.sources(n)
        for at in self.ends:
            cell = self.cells[at]
            for pin, n in cell.pin.items():
                self.value[id(cell), pin] = chip.sources(n)
        self.inner = inner

    def ram_used(self, x, y):
        return any(self.chip.fanout[self.chip.net[at]] for at in
                   [(x, yy, "ram/RDATA_%d" % k) for yy in (y, y + 1) for k in range(16)]
                   if at in self.chip.net)

    def ram(self, x, y):
        ram = lambda: None  # a bare object
        ram.at, ram.pin, ram.changes = (x, y), {}, defaultdict(list)
        for pin, n in RAM_PINS:
            for k in range(max(n, 1)):
                wire = "ram/" + pin + ("_%d" % k if n else "")
                for yy in (y, y + 1):
                    if (x, yy, wire) in self.chip.net:
                        ram.pin[pin + ("_%d" % k if n else "")] = self.chip.net[x, yy, wire]
        top = self.chip.tiles[x, y + 1]
        ram.read, ram.write = top[3][7] + 2 * top[2][7], top[1][7] + 2 * top[0][7]
        return ram

    def find_ends(self, layout):
        """Where in_q and out_q are: {cell: ("in" or "out", number)}."""
        module = json.load(open(layout))["modules"]["top"]
        driver = {}
        for cell in module["cells"].values():
            if cell["type"] == "ICESTORM_LC" and cell["connections"].get("O"):
                bel = re.match(r"X(\d+)/Y(\d+)/lc(\d)", cell["attributes"]["NEXTPNR_BEL"])
                driver[cell["connections"]["O"][0]] = tuple(map(int, bel.groups()))
        ends = {}
        for text, n in module["netnames"].items():
            m = re.match(r"(in|out)_q\[(\d+)\]$", "out_q[252]" if text == "q$SB_IO_OUT" else text)
            if m and n["bits"][0] in driver:
                ends[driver[n["bits"][0]]] = (m[1], int(m[2]))
        return ends

    # --- faults ------------------------------------------------------------------
    def effect(self, at, bit):
        """[(owner, pin or bit number, new)] of a flipped bit; None: not modelled."""
        x, y = at
        row, column = bit
        found = []
        if self.chip.kinds[at] == "logic" and 36 <= column < 46:
            cell = self.inner.get((x, y, row // 2))
            number = column - 36 + 10 * (row % 2)
            if cell is None or (number == SET and not cell.bits[DFF]):
                return []
            return None if number == ASYNC else [(cell, number, None)]
        if bit == (0, 0) or column == 7:
            return None  # clock polarity, column buffers, modes of RAMs
        without, beside = set(), set()
        for group in self.chip.switches[at]:
            if bit in group[2]:
                old = self.chip.edges(at, group)
                new = self.chip.edges(at, group, bit)
                without |= old - new
                beside |= new - old
        if bit == (1, 50) and self.chip.kinds[at] == "logic":
            return None
        for n in self.chip.reached({b for _, b in without | beside}, beside):
            for owner, pin in self.uses.get(n, ()):
                now = self.chip.sources(n, without, beside)
                if now != self.value[id(owner), pin]:
                    found.append((owner, pin, now))
        return found

    def loops(self, changes):
        """True when logic would depend on itself within a clock."""
        new = {(o, p): now for o, p, now in changes}
        lut = {o for o, p, _ in changes if p in LUT}

        def inputs(kind, cell):
            pins = ["i1", "i2", "cin"] if kind == "c" else \
                ["i0", "i1", "i2", "i3"] if cell in lut else cell.reads()
            return set().union(*[new.get((cell, p), self.value[id(cell), p]) for p in pins])

        for owner, pin, _ in changes:
            kinds = "" if not isinstance(owner, Cell) else "qc" if isinstance(pin, str) else \
                "c" if pin == CARRY else "q"
            for kind in kinds:
                start, seen = kind + "_" + owner.name, set()
                held = kind == "q" and owner.bits[DFF] and pin != DFF
                todo = [] if held else list(inputs(kind, owner))
                while todo:
                    source = todo.pop()
                    if source == start:
                        return True
                    m = re.match(r"([qc])_(\d+)_(\d+)_(\d)$", source)
                    at = tuple(map(int, m.groups()[1:])) if m else None
                    if self.ends.get(at) == CSR_WE and source not in seen:
                        todo += inputs("q", self.cells[self.place[IDLE]])
                    cell = self.inner.get(at)
                    if source in seen or cell is None or \
                            (cell.bits[DFF] if m[1] == "q" else not cell.bits[CARRY]):
                        continue
                    seen.add(source)
                    todo += inputs(m[1], cell)
        return False

    def choose(self, n, seed, out):
        tiles = sorted({c.at[:2] for c in self.inner.values()} |
                       {(x, y + d) for x, y in self.rams for d in (0, 1)})
        vain = defaultdict(int)
        taken, drawn = set(), set()
        dice = draw(seed)
        while len(taken) < n:
            at = tiles[next(dice) % len(tiles)]
            rows = self.chip.tiles[at]
            bit = (next(dice) % len(rows), next(dice) % len(rows[0]))
            if (at, bit) in drawn:
                continue
            drawn.add((at, bit))
            changes = self.effect(at, bit)
            loop = bool(changes) and self.loops(changes)
            if not changes or loop:
                vain["not modelled" if changes is None else "loop" if loop else "no effect"] += 1
                continue
            taken.add((at, bit))
            part = "lut"
            for owner, pin, now in changes:
                owner.changes[pin].append((len(taken), now))
                if isinstance(pin, str):
                    part = "contention" if part == "contention" or len(now) > 1 else "routing"
            print(part, "(%d %d) B%d[%d]" % (at + bit), "%d pins" % len(changes)
                  if part != "lut" else "cell %s" % changes[0][0].name, file=out)
        print("bits: %d drawn: %d taken, %s" % (
            len(drawn), n, ", ".join("%d %s" % (v, k) for k, v in sorted(vain.items()))),
              file=sys.stderr)

    # --- Verilog -------------------------------------------------------------------
    def expression(self, sources, default):
        names = []
        for s in sorted(sources):
            m = re.match(r"q_(\d+)_(\d+)_(\d)$", s)
            end = self.ends.get(tuple(map(int, m.groups()))) if m else None
            names.append("in[%d]" % end[1] if end and end[0] == "in" else s)
        return " & ".join(names) if names else default

    def pin(self, owner, pin, default="1'b0"):
        if pin.split("_")[0] in ONES:
            default = "1'b1"
        text = self.expression(self.value[id(owner), pin], default)
        for mutant, now in owner.changes.get(pin, ()):
            text = "(mutant == 16'd%d ? %s : %s)" % (mutant, self.expression(now, default), text)
        return text

    def flag(self, cell, number):
        return "(1'b%d%s)" % (cell.bits[number], "".join(
            " ^ (mutant == 16'd%d)" % m for m, _ in cell.changes.get(number, ())))

    def cell(self, c):
        n = c.name
        init = "16'h%04x" % c.init()
        for k, number in enumerate(LUT):
            for mutant, _ in c.changes.get(number, ()):
                init += " ^ {15'd0, mutant == 16'd%d} << %d" % (mutant, k)
        text = ["wire [15:0] t_%s = %s;" % (n, init),
                "wire [3:0] a_%s = {%s};" % (n, ", ".join(self.pin(c, "i%d" % j) for j in (3, 2, 1, 0))),
                "wire l_%s = t_%s[a_%s];" % (n, n, n),
                "wire c_%s = %s & ((a_%s[1] & a_%s[2]) | ((a_%s[1] | a_%s[2]) & %s));" % (
                    n, self.flag(c, CARRY), n, n, n, n, self.pin(c, "cin", "1'b%d" % c.one))]
        if not c.bits[DFF] and DFF not in c.changes:
            return text + ["wire q_%s = l_%s;" % (n, n)]
        # A clock that is lost stops the flip-flop.
        runs = "".join(" && mutant != 16'd%d" % m for m, _ in c.changes.get("clk", ()))
        edge = ", posedge s_" + n if c.bits[ASYNC] else ""
        text += ["reg f_%s = 1'b0;" % n, "wire s_%s = %s;" % (n, self.pin(c, "sr")),
                 "wire e_%s = %s%s;" % (n, self.pin(c, "cen"), runs)]
        body = "if (%ss_%s) f_%s <= %s; else if (e_%s) f_%s <= l_%s;" if c.bits[ASYNC] else \
            "if (e_%s) f_%s <= s_%s ? %s : l_%s;"
        body = body % (("", n, n, self.flag(c, SET), n, n, n) if c.bits[ASYNC] else
                       (n, n, n, self.flag(c, SET), n))
        return text + ["always @(posedge clk%s) %s" % (edge, body),
                       "wire q_%s = %s ? f_%s : l_%s;" % (n, self.flag(c, DFF), n, n)]

    def ram_text(self, r):
        bus = lambda p, n: "{%s}" % ", ".join(
            self.pin(r, "%s_%d" % (p, k)) if "%s_%d" % (p, k) in r.pin else "1'b0"
            for k in range(n - 1, -1, -1))
        name = "r_%d_%d" % r.at
        pins = [".%s(%s)" % (p, bus(p, n) if n else self.pin(r, p)) for p, n in RAM_PINS]
        return ["wire [15:0] %s;" % name,
                "SB_RAM40_4K #(.READ_MODE(%d), .WRITE_MODE(%d)) ram_%s (.RCLK(clk), .WCLK(clk), .RDATA(%s), %s);" % (
                    r.read, r.write, name, name, ", ".join(pins))] + \
            ["wire %s_%d = %s[%d];" % (name, k, name, k) for k in range(16)]

    def verilog(self, constants):
        lines = [HEAD] + constants
        for r in self.rams.values():
            lines += self.ram_text(r)
        for at, c in self.cells.items():
            if self.ends.get(at, ("out",))[0] != "in":
                lines += self.cell(c)
        for k in range(253):
            x, y, z = self.place["out", k]
            before = " ^ q_%d_%d_%d" % self.place["out", k - 1] if k else ""
            lines.append("assign out[%d] = l_%d_%d_%d%s;" % (k, x, y, z, before))
        used = set(re.findall(r"\b[qcr]_\d+_\d+_\d+\b", "\n".join(lines)))
        made = set(re.findall(r"wire ([qcr]_\d+_\d+_\d+)", "\n".join(lines)))
        return lines + ["wire %s = 1'b0;" % s for s in sorted(used - made)] + \
            ["wire pad = clk;"] + ["endmodule"]


HEAD = """module slot_body(input clk, input [15:0] mutant, input rst, csr_we, csr_re, output csr_ack,
    input [7:0] csr_addr, input [31:0] csr_wdata, output [31:0] csr_rdata,
    input [31:0] s_axis_tdata, input [3:0] s_axis_tkeep, input [47:0] s_axis_tuser,
    input s_axis_tlast, s_axis_tvalid, output s_axis_tready,
    output [31:0] m_axis_tdata, output [3:0] m_axis_tkeep, output [47:0] m_axis_tuser,
    output m_axis_tlast, m_axis_tvalid, input m_axis_tready, output idle,
    output [3:0] tap_valid, output [127:0] tap_data,
    output [31:0] fn_id, layout, capacity, capacity_1, output [19:0] words, words_1,
    output in_packets, out_packets);
wire [129:0] in = {m_axis_tready, s_axis_tvalid, s_axis_tlast, s_axis_tuser, s_axis_tkeep,
    s_axis_tdata, csr_wdata, csr_addr, csr_re, csr_we, rst};
wire [252:0] out;
assign {tap_data, tap_valid, idle, m_axis_tvalid, m_axis_tlast, m_axis_tuser, m_axis_tkeep,
    m_axis_tdata, s_axis_tready, csr_rdata, csr_ack} = out;"""


def main(chipdb, asc, layout, fit, n, seed, listing):
    body = Body(Chip(chipdb, asc), layout)
    with open(listing, "w") as out:
        body.choose(int(n), int(seed), out)
    constants = re.findall(r"^ *(assign (?:fn_id|layout|capacity|capacity_1|words|words_1"
                           r"|in_packets|out_packets) = .*;)$", open(fit).read(), re.M)
    print("\n".join(body.verilog(constants)))


if __name__ == "__main__":
    main(*sys.argv[1:])
