// slot_watch.v - what a slot tells its twin by itself: every so many beats, at an
// item boundary with nothing inside, it reads a part of registers and tables
// into a digest and gives a frame of telemetry (core/telemetry.h).
//
//   IDLE -> DRAIN -> SAVE -> INDEX -> READ.. -> RESTORE -> FRAME.. -> IDLE
//    |        |       +------- tables only -------+          |
//    |        +-- hung: nothing is read ---------------------+
//    +-- beats_q counts                             frame -> tele, 1 byte/clk
//
// Between DRAIN and IDLE the gate is closed, and the register bus is this
// module's: a host's access waits.  All it reads is read over that bus, so a
// body needs nothing for it.  A word that does not come in time ends the walk: the
// frame says so.  A window lasts until the frame before is gone.
`default_nettype none
module slot_watch (
    input  wire        clk,
    input  wire        rst,
    // settings
    input  wire [15:0] window,          // beats, 0: off
    input  wire [7:0]  walk,            // words a window
    input  wire [19:0] words,           // of the body's tables
    input  wire [19:0] words_1,
    // the slot
    input  wire        enter,           // a beat
    input  wire        quiet,           // nothing inside, at an item boundary
    input  wire        hung,
    output wire        hold,            // nothing may enter
    output wire        busy,
    output reg         late_q,          // a word did not come, one clock
    // register bus: from the host, to the slot
    input  wire        host_we,
    input  wire        host_re,
    output wire        host_ack,
    input  wire [7:0]  host_addr,
    input  wire [31:0] host_wdata,
    output wire        csr_we,
    output wire        csr_re,
    input  wire        csr_ack,
    output wire [7:0]  csr_addr,
    output wire [31:0] csr_wdata,
    input  wire [31:0] csr_rdata,
    // registers of the slot
    output wire [31:0] walk_at,
    output wire [31:0] walk_sum,
    output wire [31:0] windows,
    // frames
    output wire [7:0]  tele_tdata,
    output wire        tele_tlast,
    output wire        tele_tvalid,
    input  wire        tele_tready
);
    localparam [7:0] INDEX = 8'hf8, DATA = 8'hfc;   // of the window
    localparam [7:0] FIRST = 8'h80;                 // the body's registers
    localparam [19:0] REGS = 20'd30;                // up to 0xf4
    localparam [3:0] PART_REGS = 4'd15;
    localparam [4:0] LAST  = 5'd17;                 // word of the frame before its check

    localparam ST_IDLE  = 3'd0, ST_DRAIN = 3'd1, ST_SAVE = 3'd2, ST_INDEX = 3'd3,
               ST_READ  = 3'd4, ST_RESTORE = 3'd5, ST_FRAME = 3'd6;

    reg  [2:0]  st_q;
    reg  [15:0] beats_q;                // of this window
    reg  [31:0] windows_q;
    reg         told_q;                 // of this hang
    reg  [3:0]  part_q;                 // what is walked next
    reg  [19:0] at_q;
    reg  [31:0] walk_at_q;              // what was
    reg  [7:0]  left_q;                 // words to read
    reg  [31:0] index_q;                // the host's
    reg  [4:0]  word_q;                 // of the frame
    reg  [7:0]  wait_q;                 // clocks without an acknowledge
    wire        going;                  // bytes of a frame are left

    wire [19:0] size   = part_q == 4'd0 ? words : part_q == 4'd1 ? words_1 : REGS;
    wire [19:0] rest   = size - at_q;
    wire [7:0]  chunk  = rest > {12'd0, walk} ? walk : rest[7:0];
    wire        is_reg = part_q == PART_REGS;
    wire        bus    = st_q != ST_IDLE && st_q != ST_DRAIN;
    wire        due    = beats_q >= window && window != 16'd0;
    wire        late   = &wait_q && st_q != ST_FRAME;
    // The acknowledge that comes with the end of the time is nobody's.
    wire        done   = bus && csr_ack && !late_q;     // the access of this clock
    wire        moved  = st_q == ST_INDEX || (st_q == ST_READ && !is_reg);  // the host's INDEX

    assign hold = st_q != ST_IDLE;
    assign busy = hold || (due && !going);

    // --- bus ------------------------------------------------------------------
    reg  [6:0]  frame_addr;             // common registers in the order of the frame

    always @*
        case (word_q)
            5'd1:    frame_addr = 7'h48;        // BUILD
            5'd2:    frame_addr = 7'h6c;        // EPOCH
            5'd3:    frame_addr = 7'h78;        // WINDOWS
            5'd4:    frame_addr = 7'h20;        // ITEMS_IN
            5'd5:    frame_addr = 7'h24;        // ITEMS_OUT
            5'd6:    frame_addr = 7'h38;        // SIG_IN
            5'd7:    frame_addr = 7'h3c;        // SIG_OUT
            5'd8:    frame_addr = 7'h2c;        // STALLS_IN
            5'd9:    frame_addr = 7'h30;        // STALLS_OUT
            5'd10:   frame_addr = 7'h18;        // CYCLES_LO
            5'd11:   frame_addr = 7'h40;        // ERRORS
            5'd12:   frame_addr = 7'h70;        // WALK_AT
            5'd13:   frame_addr = 7'h74;        // WALK_SUM
            5'd14:   frame_addr = 7'h54;        // TAP_0
            5'd15:   frame_addr = 7'h58;
            5'd16:   frame_addr = 7'h5c;
            default: frame_addr = 7'h60;        // TAP_3
        endcase

    assign csr_we    = bus ? st_q == ST_INDEX || (st_q == ST_RESTORE && !late_q) : host_we;
    assign csr_re    = bus ? st_q == ST_SAVE || st_q == ST_READ || (st_q == ST_FRAME && !late_q)
                     : host_re;
    assign csr_addr  = !bus                          ? host_addr
                     : st_q == ST_FRAME              ? {1'b0, frame_addr}
                     : st_q == ST_READ && is_reg     ? FIRST + {1'b0, at_q[4:0], 2'd0}
                     : st_q == ST_READ               ? DATA : INDEX;
    assign csr_wdata = !bus ? host_wdata : st_q == ST_INDEX ? {part_q, 8'd0, at_q} : index_q;
    assign host_ack  = csr_ack && !bus;

    // --- walk -------------------------------------------------------------------
    assign walk_at = walk_at_q;
    assign windows = windows_q;

    digest_words #(.N (1)) misr (
        .clk      (clk),
        .rst      (rst || st_q == ST_DRAIN),
        .valid    (done && st_q == ST_READ),
        .words    (csr_rdata),
        .digest_q (walk_sum)
    );

    always @(posedge clk) begin
        late_q <= late;
        wait_q <= !bus || csr_ack || late ? 8'd0 : wait_q + 8'd1;
        if (st_q == ST_IDLE && enter && !due)
            beats_q <= beats_q + 16'd1;
        case (st_q)
            ST_IDLE:
                if (window != 16'd0 && !going && (due || (hung && !told_q)))
                    st_q <= ST_DRAIN;
            // A host that is on the bus goes first.
            ST_DRAIN: if ((quiet || hung) && !host_we && !host_re && !csr_ack) begin
                windows_q <= windows_q + 32'd1;
                beats_q   <= 16'd0;
                told_q    <= hung;
                walk_at_q <= {part_q, hung ? 8'd0 : chunk, at_q};
                left_q    <= chunk;
                word_q    <= 5'd1;
                st_q      <= hung || chunk == 8'd0 ? ST_FRAME : is_reg ? ST_READ : ST_SAVE;
            end
            ST_SAVE: if (done) begin
                index_q <= csr_rdata;
                st_q    <= ST_INDEX;
            end
            ST_INDEX: if (done)
                st_q <= ST_READ;
            ST_READ: if (done) begin
                at_q   <= at_q + 20'd1;
                left_q <= left_q - 8'd1;
                if (left_q == 8'd1)
                    st_q <= is_reg ? ST_FRAME : ST_RESTORE;
            end
            ST_RESTORE: if (done)
                st_q <= ST_FRAME;
            ST_FRAME: begin
                // Behind the last word of a part comes the next part with words.
                if (word_q == 5'd1 && at_q >= size) begin
                    at_q   <= 20'd0;
                    part_q <= is_reg && words != 20'd0            ? 4'd0
                            : part_q == 4'd0 && words_1 != 20'd0  ? 4'd1 : PART_REGS;
                end
                if (done) begin
                    word_q <= word_q + 5'd1;
                    if (word_q == LAST)
                        st_q <= ST_IDLE;
                end
            end
            default: st_q <= ST_IDLE;
        endcase
        if (late)
            st_q <= moved ? ST_RESTORE : ST_FRAME;
        if (rst) begin
            st_q      <= ST_IDLE;
            beats_q   <= 16'd0;
            windows_q <= 32'd0;
            told_q    <= 1'b0;
            part_q    <= PART_REGS;
            at_q      <= 20'd0;
            walk_at_q <= 32'd0;
            wait_q    <= 8'd0;
            late_q    <= 1'b0;
        end
    end

    // --- frame: header, words, CRC-32C --------------------------------------------
    localparam [31:0] HEADER = {8'd19, 8'd1, 8'h54, 8'h50};     // words, version, "TP"

    reg         some_q;                 // a frame is there
    reg  [4:0]  out_q;                  // its word
    reg  [1:0]  byte_q;
    reg  [31:0] crc_q;
    wire [31:0] stored, crc_d;
    wire        is_check = out_q > LAST;
    wire [31:0] text = out_q == 5'd0 ? HEADER : stored;
    wire [7:0]  data = text[byte_q*8 +: 8];
    wire        move = tele_tvalid && tele_tready;

    assign going       = some_q;
    assign tele_tvalid = some_q;
    assign tele_tdata  = is_check ? ~crc_q[7:0] : data;
    assign tele_tlast  = is_check && byte_q == 2'd3;

    link_crc32c check (
        .crc  (crc_q),
        .data (is_check ? crc_q[7:0] : data),
        .next (crc_d)
    );

`ifdef FORMAL
    wire [4:0]  f_at = $anyconst;       // a word of the frame
    wire [31:0] f_word;                 // what memory holds there
`endif

    // The next word is read while the last byte of one leaves.
    axis_fifo_mem #(.W (32), .LOG2 (5)) frame (
        .clk     (clk),
        .we      (st_q == ST_FRAME && done),
        .waddr   (word_q),
        .wdata   (csr_rdata),
        .re      (move && byte_q == 2'd3),
        .raddr   (out_q + 5'd1),
        .rdata_q (stored)
`ifdef FORMAL
        ,
        .f_addr  (f_at),
        .f_word  (f_word)
`endif
    );

    always @(posedge clk) begin
        if (st_q == ST_FRAME && done && word_q == LAST) begin
            some_q <= 1'b1;
            out_q  <= 5'd0;
            byte_q <= 2'd0;
            crc_q  <= 32'hffffffff;
        end else if (move) begin
            crc_q  <= crc_d;
            byte_q <= byte_q + 2'd1;
            if (byte_q == 2'd3)
                out_q <= out_q + 5'd1;
            if (tele_tlast)
                some_q <= 1'b0;
        end
        if (rst)
            some_q <= 1'b0;
    end

`ifdef FORMAL
    // From its first access to its last the bus is this module's alone: a host's
    // access waits for it, it waits for a host's, and each is given the acknowledge
    // of its own.  It writes INDEX only, and leaves there what it found, unless that
    // write is not acknowledged.  Nothing is inside meanwhile, unless the slot hung.  A frame
    // is 76 bytes, tlast at the last, and its words are those that were read; the
    // stream keeps its rules.
    //
    // Of the host: a request is held until it is acknowledged, one at a time.  Of the
    // slot: it acknowledges a request once, a clock after it came or later, and
    // while nothing may enter it stays quiet.
    reg         past_q = 1'b0;
    reg         f_known_q;              // it has read what INDEX holds
    reg  [31:0] f_found_q;
    reg         f_moved_q;              // something else is there now
    reg         f_late_q;               // it was not put back in time
    reg  [31:0] f_value_q;              // word f_at
    reg  [6:0]  f_bytes_q;              // of this frame
    reg         f_waited_q;             // seen, for cover: a host waited
    wire        f_host   = host_we || host_re;
    wire        f_access = csr_we || csr_re;
    wire        f_stored = some_q || (st_q == ST_FRAME && word_q > f_at);
    wire        f_one    = f_at != 5'd0 && f_at <= LAST;

    always @(posedge clk) begin
        past_q <= 1'b1;
        if (!bus) begin
            f_known_q <= 1'b0;
            f_moved_q <= 1'b0;
            f_late_q  <= 1'b0;
        end else if (done) begin
            if (csr_re && csr_addr == INDEX) begin
                f_known_q <= 1'b1;
                f_found_q <= csr_rdata;
            end
            if (csr_we)
                f_moved_q <= csr_wdata != f_found_q;
            if (csr_re && csr_addr == DATA)
                f_moved_q <= 1'b1;
        end
        if (late && csr_we) begin
            f_moved_q <= 1'b1;          // perhaps
            f_late_q  <= st_q == ST_RESTORE;
        end
        if (st_q == ST_FRAME && done && word_q == f_at)
            f_value_q <= csr_rdata;
        if (move)
            f_bytes_q <= tele_tlast ? 7'd0 : f_bytes_q + 7'd1;
        f_waited_q <= bus ? f_waited_q || f_host : f_waited_q && !host_ack;
        if (rst) begin
            f_known_q  <= 1'b0;
            f_moved_q  <= 1'b0;
            f_bytes_q  <= 7'd0;
            f_waited_q <= 1'b0;
        end

        if (!past_q)
            assume (rst);
        assume (!(host_we && host_re));
        if (past_q && !rst && !$past(rst)) begin
            if ($past(f_host && !host_ack))
                assume (host_we == $past(host_we) && host_re == $past(host_re)
                        && host_addr == $past(host_addr) && host_wdata == $past(host_wdata));
            if ($past(hold && quiet))
                assume (quiet);
        end
        if (past_q)
            assume (!csr_ack || $past(f_access && !csr_ack));

        if (past_q && !rst) begin
            assert (!(csr_we && csr_re));
            assert (!hold || !going);
            if (bus) begin
                assert (!csr_we || (csr_addr == INDEX && f_known_q));
                assert (quiet || told_q);
            end
            // INDEX, and what is put back there.
            if (st_q == ST_INDEX || st_q == ST_RESTORE || (st_q == ST_READ && !is_reg))
                assert (f_known_q && index_q == f_found_q);
            if (st_q == ST_INDEX || st_q == ST_SAVE || (st_q == ST_READ && is_reg))
                assert (!f_moved_q);
            if (st_q == ST_FRAME || !bus)
                assert (!f_moved_q || f_late_q);
            // Which registers are walked: neither INDEX nor DATA is one.
            assert (st_q <= ST_FRAME);
            if (st_q == ST_SAVE || st_q == ST_INDEX || st_q == ST_READ)
                assert (left_q != 8'd0);
            assert (part_q <= 4'd1 || is_reg);
            if (is_reg) begin
                assert (at_q < REGS || (st_q == ST_FRAME && at_q == REGS && word_q == 5'd1));
                assert (st_q != ST_SAVE && st_q != ST_INDEX && st_q != ST_RESTORE);
                if (st_q == ST_READ)
                    assert (at_q + {12'd0, left_q} <= REGS);
            end
            // The frame.
            if (bus && st_q != ST_FRAME)
                assert (word_q == 5'd1);
            assert (st_q != ST_FRAME || (word_q != 5'd0 && word_q <= LAST));
            if (f_stored && f_one)
                assert (f_word == f_value_q);
            if (some_q) begin
                assert (f_bytes_q == {out_q, byte_q} && f_bytes_q <= 7'd75);
                assert (tele_tlast == (f_bytes_q == 7'd75));
                if (f_one && out_q == f_at) begin
                    assert (stored == f_value_q);
                    assert (tele_tdata == f_value_q[f_bytes_q[1:0]*8 +: 8]);
                end
            end else
                assert (f_bytes_q == 7'd0 && !tele_tvalid);
        end
        if (past_q && !rst && !$past(rst)) begin
            // Each is given its own acknowledge, and its access is not cut short.
            if (host_ack)
                assert ($past(f_host && csr_we == host_we && csr_re == host_re
                        && csr_addr == host_addr && csr_wdata == host_wdata));
            if (host_ack)
                assert (host_we == $past(csr_we) && host_re == $past(csr_re)
                        && host_addr == $past(csr_addr) && host_wdata == $past(csr_wdata));
            if (done)
                assert ($past(bus) && csr_we == $past(csr_we) && csr_re == $past(csr_re)
                        && csr_addr == $past(csr_addr) && csr_wdata == $past(csr_wdata));
            if (csr_ack && !bus)
                assert (host_ack);
            if ($past(f_access && !csr_ack && !late))
                assert (csr_we == $past(csr_we) && csr_re == $past(csr_re)
                        && csr_addr == $past(csr_addr) && csr_wdata == $past(csr_wdata));
            if ($past(tele_tvalid && !tele_tready)) begin
                assert (tele_tvalid && tele_tlast == $past(tele_tlast));
                assert (tele_tdata == $past(tele_tdata));
            end
            cover (host_ack && f_waited_q);
            cover (tele_tvalid && f_bytes_q == 7'd5 && tele_tdata == 8'h5a);
        end
    end
`endif
endmodule
`default_nettype wire
