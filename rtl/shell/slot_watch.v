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
// body needs nothing for it.  A window lasts until the frame before is gone.
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
    wire        done   = bus && csr_ack;    // the access of this clock

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

    assign csr_we    = bus ? st_q == ST_INDEX || st_q == ST_RESTORE : host_we;
    assign csr_re    = bus ? st_q == ST_SAVE || st_q == ST_READ || st_q == ST_FRAME : host_re;
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
            st_q <= ST_FRAME;
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

    // The next word is read while the last byte of one leaves.
    axis_fifo_mem #(.W (32), .LOG2 (5)) frame (
        .clk     (clk),
        .we      (st_q == ST_FRAME && done),
        .waddr   (word_q),
        .wdata   (csr_rdata),
        .re      (move && byte_q == 2'd3),
        .raddr   (out_q + 5'd1),
        .rdata_q (stored)
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
endmodule
`default_nettype wire
