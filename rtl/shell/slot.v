// slot.v - what surrounds one function on the fabric: its place, its registers
// in common, its gate, counters and guards.  The same for every function;
// slot_body (generated) fits the function's ports.  1 beat/clk, latency 2 clk.
//
//   s_axis -> gate -> reg -> body -> skid -> m_axis
//                             |
//     csr -> common registers, body registers
//
// Register bus: the host holds csr_we or csr_re with address and data until
// csr_ack, one clock.  A write to the body closes the gate at the next item
// boundary, waits until nothing is inside, and takes effect: behind every item
// that entered before it.  Further writes take two clocks each.
//
// Between a link and nothing else the edges need neither in's register nor out's
// skid: what link_parse gives and link_build takes ends in registers there.
//
// slot_watch stands in the register bus; when a window of telemetry ends it
// closes the gate and reads, and a host's access waits.
//
// The hang timer runs while something is inside, nothing moves and nobody
// downstream is to blame.  When it runs out the slot throws its input away, so
// that a body that hangs does not block the link, until it is reset.
`default_nettype none
module slot #(
    parameter        W     = 64,        // stream width in bits: 32, 64, 256
    parameter        EDGE  = 1,         // 0: what stands around has registers of its own
    parameter        WATCH = 1,         // 0: no taps, no telemetry, for small boards
    parameter [31:0] BUILD = 32'd0      // hash of the sources
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    // in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // telemetry (core/telemetry.h)
    output wire [7:0]     tele_tdata,
    output wire           tele_tlast,
    output wire           tele_tvalid,
    input  wire           tele_tready,
    // nothing inside; the hang timer ran out
    output wire           idle,
    output wire           hung
);
    localparam BEAT = W + W/8 + 49;     // tdata, tkeep, tuser, tlast
    localparam ABI  = 4'd3;             // of the common registers

    // --- streams --------------------------------------------------------------
    wire [W-1:0]   in_tdata,  out_tdata;
    wire [W/8-1:0] in_tkeep,  out_tkeep;
    wire [47:0]    in_tuser,  out_tuser;
    wire           in_tlast,  out_tlast;
    wire           in_tvalid, out_tvalid;
    wire           in_tready, out_tready;
    wire           body_ready;
    wire           in_empty, out_empty, body_idle;
    wire           in_packets, out_packets;
    wire [31:0]    control;

    wire        enable  = control[0];
    wire        quiesce = control[1];
    wire        srst    = rst || control[2];
    reg         mid_q;                  // an item has begun to enter
    reg         hold_q;                 // a write to the body is waiting
    reg         hung_q;

    // The register bus behind slot_watch.
    wire        we, re, ack;
    wire [7:0]  addr;
    wire [31:0] wdata, rdata;
    wire        watch_hold, watch_busy;
    wire        quiet;                  // nothing inside

    // The gate is open inside an item, and between items unless it is held.
    wire        gate  = mid_q || (enable && !quiesce && !hold_q && !watch_hold);
    wire        enter = s_axis_tvalid && s_axis_tready;
    wire        take  = in_tvalid && body_ready && !hung_q;
    wire        give  = out_tvalid && out_tready;
    wire        leave = m_axis_tvalid && m_axis_tready;

    assign s_axis_tready = in_tready && gate;

    generate
        if (EDGE != 0) begin : edges
            axis_reg #(.W (BEAT)) in_reg (
                .clk           (clk),
                .rst           (srst),
                .s_axis_tdata  ({s_axis_tlast, s_axis_tuser, s_axis_tkeep, s_axis_tdata}),
                .s_axis_tvalid (s_axis_tvalid && gate),
                .s_axis_tready (in_tready),
                .m_axis_tdata  ({in_tlast, in_tuser, in_tkeep, in_tdata}),
                .m_axis_tvalid (in_tvalid),
                .m_axis_tready (body_ready || hung_q),
                .empty         (in_empty)
            );

            axis_skid #(.W (BEAT)) out_skid (
                .clk           (clk),
                .rst           (srst),
                .s_axis_tdata  ({out_tlast, out_tuser, out_tkeep, out_tdata}),
                .s_axis_tvalid (out_tvalid && !hung_q),
                .s_axis_tready (out_tready),
                .m_axis_tdata  ({m_axis_tlast, m_axis_tuser, m_axis_tkeep, m_axis_tdata}),
                .m_axis_tvalid (m_axis_tvalid),
                .m_axis_tready (m_axis_tready),
                .empty         (out_empty)
            );
        end else begin : open
            assign {in_tlast, in_tuser, in_tkeep, in_tdata}
                = {s_axis_tlast, s_axis_tuser, s_axis_tkeep, s_axis_tdata};
            assign in_tvalid = s_axis_tvalid && gate;
            assign in_tready = body_ready || hung_q;
            assign in_empty  = 1'b1;

            axis_reg #(.W (BEAT)) out_reg (
                .clk           (clk),
                .rst           (srst),
                .s_axis_tdata  ({out_tlast, out_tuser, out_tkeep, out_tdata}),
                .s_axis_tvalid (out_tvalid && !hung_q),
                .s_axis_tready (out_tready),
                .m_axis_tdata  ({m_axis_tlast, m_axis_tuser, m_axis_tkeep, m_axis_tdata}),
                .m_axis_tvalid (m_axis_tvalid),
                .m_axis_tready (m_axis_tready),
                .empty         (out_empty)
            );
        end
    endgenerate

    // --- registers --------------------------------------------------------------
    wire        is_common = !addr[7];
    wire        common_ack, body_ack;
    wire [31:0] common_rdata, body_rdata;
    wire [31:0] fn_id, layout, capacity, capacity_1, hang_limit;
    wire        we_body = we && !is_common && hold_q && quiet && !we_ack_q;
    reg         we_ack_q;

    assign quiet = in_empty && !mid_q && body_idle && out_empty;
    assign idle  = quiet && !watch_busy;
    assign hung  = hung_q;
    assign ack   = we_ack_q || common_ack || body_ack;
    assign rdata = common_rdata | body_rdata;           // 0 but when it acknowledges

    always @(posedge clk) begin
        hold_q   <= we && !is_common;
        we_ack_q <= !we_ack_q && (we_body || (we && is_common));
        if (enter)
            mid_q <= !s_axis_tlast;
        if (rst) begin
            hold_q   <= 1'b0;
            we_ack_q <= 1'b0;
        end
        if (srst)
            mid_q <= 1'b0;
    end

    // --- counters: accepted items ---------------------------------------------
    reg [63:0] cycles_q;
    reg [31:0] items_in_q, items_out_q, dropped_q, punted_q, stalls_in_q, stalls_out_q;
    wire [31:0] sig_in, sig_out;

    // Samples in a beat: every fourth bit of tkeep.
    function [31:0] samples(input [W/8-1:0] keep);
        integer k;
        begin
            samples = 32'd0;
            for (k = 0; k < W/8; k = k + 4)
                samples = samples + {31'd0, keep[k]};
        end
    endfunction

    always @(posedge clk) begin
        cycles_q <= cycles_q + 64'd1;
        if (take)
            items_in_q <= items_in_q + (in_packets ? {31'd0, in_tlast} : samples(in_tkeep));
        if (leave) begin
            items_out_q <= items_out_q
                         + (out_packets ? {31'd0, m_axis_tlast} : samples(m_axis_tkeep));
            if (out_packets && m_axis_tlast && m_axis_tuser[32])
                dropped_q <= dropped_q + 32'd1;
            if (out_packets && m_axis_tlast && m_axis_tuser[34])
                punted_q <= punted_q + 32'd1;
        end
        if (in_tvalid && !body_ready && !hung_q)
            stalls_in_q <= stalls_in_q + 32'd1;
        if (out_tvalid && !out_tready)
            stalls_out_q <= stalls_out_q + 32'd1;
        if (srst) begin
            cycles_q     <= 64'd0;
            items_in_q   <= 32'd0;
            items_out_q  <= 32'd0;
            dropped_q    <= 32'd0;
            punted_q     <= 32'd0;
            stalls_in_q  <= 32'd0;
            stalls_out_q <= 32'd0;
        end
    end

    stream_digest #(.W (W)) digest_in (
        .clk      (clk),
        .rst      (srst),
        .packets  (in_packets),
        .beat     (take),
        .tdata    (in_tdata),
        .tkeep    (in_tkeep),
        .tuser    (in_tuser),
        .tlast    (in_tlast),
        .digest   (sig_in)
    );

    stream_digest #(.W (W)) digest_out (
        .clk      (clk),
        .rst      (srst),
        .packets  (out_packets),
        .beat     (leave),
        .tdata    (m_axis_tdata),
        .tkeep    (m_axis_tkeep),
        .tuser    (m_axis_tuser),
        .tlast    (m_axis_tlast),
        .digest   (sig_out)
    );

    // --- guards -----------------------------------------------------------------
    reg [15:0] still_q;                 // clocks without a beat moving
    reg        waited_q;                // the body offered a beat that did not move
    wire       out_of_time = still_q >= hang_limit[15:0] && hang_limit != 32'd0;
    wire       extra = out_packets && in_packets && leave && m_axis_tlast
                       && items_out_q == items_in_q;
    // The digest takes the tuser of the last beat, who stands behind may take that of
    // the first: they are one, or at least differ in no single bit.
    reg        leaving_q;               // in mid-packet on the way out
    reg        user_odd_q;              // parity of the tuser of the beat before
    wire       user_odd = ^m_axis_tuser;
    wire       restless = out_packets && leave && leaving_q && user_odd != user_odd_q;
    wire       gap   = give && ((!out_tlast && !(&out_tkeep))
                                || (out_tkeep & (out_tkeep + 1'b1)) != {(W/8){1'b0}});

    always @(posedge clk) begin
        waited_q <= out_tvalid && !out_tready;
        if (leave) begin
            leaving_q  <= !m_axis_tlast;
            user_odd_q <= user_odd;
        end
        if ((quiet && !in_tvalid) || take || give || leave || enter || (m_axis_tvalid && !m_axis_tready)
            || (!in_tvalid && mid_q))   // ... the sender has not sent the rest
            still_q <= 16'd0;
        else if (!out_of_time)
            still_q <= still_q + 16'd1;
        if (out_of_time)
            hung_q <= 1'b1;
        if (srst) begin
            waited_q  <= 1'b0;
            leaving_q <= 1'b0;
            still_q   <= 16'd0;
            hung_q    <= 1'b0;
        end
    end

    // --- taps and telemetry -----------------------------------------------------
    wire [4*W/32-1:0] tap_valid;        // tap k, word l at [k*W/32 + l]
    wire [4*W-1:0]    tap_data;
    wire [31:0]       taps [0:3];
    wire [31:0]       window, walk, epoch, walk_at, walk_sum, windows;
    wire [19:0]       words, words_1;
    wire              late;

    generate
        if (WATCH != 0) begin : watched
            genvar t;
            for (t = 0; t < 4; t = t + 1) begin : tap
                digest_words #(.N (W/32)) misr (
                    .clk      (clk),
                    .rst      (srst),
                    .valid    (tap_valid[t*W/32 +: W/32]),
                    .words    (tap_data[t*W +: W]),
                    .digest_q (taps[t])
                );
            end

            assign csr_rdata = csr_ack ? rdata : 32'd0;

            slot_watch watch (
                .clk         (clk),
                .rst         (srst),
                .window      (window[15:0]),
                .walk        (walk[7:0]),
                .words       (words),
                .words_1     (words_1),
                .enter       (enter),
                .quiet       (quiet),
                .hung        (hung_q),
                .hold        (watch_hold),
                .busy        (watch_busy),
                .late_q      (late),
                .host_we     (csr_we),
                .host_re     (csr_re),
                .host_ack    (csr_ack),
                .host_addr   (csr_addr),
                .host_wdata  (csr_wdata),
                .csr_we      (we),
                .csr_re      (re),
                .csr_ack     (ack),
                .csr_addr    (addr),
                .csr_wdata   (wdata),
                .csr_rdata   (rdata),
                .walk_at     (walk_at),
                .walk_sum    (walk_sum),
                .windows     (windows),
                .tele_tdata  (tele_tdata),
                .tele_tlast  (tele_tlast),
                .tele_tvalid (tele_tvalid),
                .tele_tready (tele_tready)
            );
        end else begin : unwatched
            assign {taps[0], taps[1], taps[2], taps[3]} = 128'd0;
            assign {walk_at, walk_sum, windows, late} = 97'd0;
            assign {watch_hold, watch_busy} = 2'd0;
            assign {tele_tdata, tele_tlast, tele_tvalid} = 10'd0;
            assign {we, re, addr, wdata} = {csr_we, csr_re, csr_addr, csr_wdata};
            assign {csr_ack, csr_rdata} = {ack, rdata};
            wire unused = &{1'b0, tap_valid, tap_data, words, words_1, window, walk, tele_tready};
        end
    endgenerate

    common_csr #(.OPTIONAL (WATCH)) common (
        .clk        (clk),
        .rst        (rst),
        .csr_we     (we && is_common && !we_ack_q),
        .csr_re     (re && is_common),
        .csr_ack    (common_ack),
        .csr_addr   (addr),
        .csr_wdata  (wdata),
        .csr_rdata  (common_rdata),
        .magic      (32'h50435354),
        .fn_id      (fn_id),
        .layout     (layout),
        .capacity   (capacity),
        .control    (control),
        .status     ({29'd0, hung_q, idle && !gate, idle}),
        .cycles_lo  (cycles_q[31:0]),
        .cycles_hi  (cycles_q[63:32]),
        .items_in   (items_in_q),
        .items_out  (items_out_q),
        .dropped    (dropped_q),
        .stalls_in  (stalls_in_q),
        .stalls_out (stalls_out_q),
        .punted     (punted_q),
        .sig_in     (sig_in),
        .sig_out    (sig_out),
        .errors_set ({26'd0, restless, late, waited_q && !out_tvalid, gap, extra, out_of_time && !hung_q}),
        .hang_limit (hang_limit),
        .build      (BUILD),
        .caps       ({12'd0, ABI, 1'b0, WATCH != 0, out_packets, in_packets, W[11:0]}),
        .capacity_1 (capacity_1),
        .tap_0      (taps[0]),
        .tap_1      (taps[1]),
        .tap_2      (taps[2]),
        .tap_3      (taps[3]),
        .window     (window),
        .walk       (walk),
        .epoch      (epoch),
        .walk_at    (walk_at),
        .walk_sum   (walk_sum),
        .windows    (windows)
    );

    slot_body #(.W (W)) body (
        .clk           (clk),
        .rst           (srst),
        .csr_we        (we_body),
        .csr_re        (re && !is_common),
        .csr_ack       (body_ack),
        .csr_addr      (addr),
        .csr_wdata     (wdata),
        .csr_rdata     (body_rdata),
        .s_axis_tdata  (in_tdata),
        .s_axis_tkeep  (in_tkeep),
        .s_axis_tuser  (in_tuser),
        .s_axis_tlast  (in_tlast),
        .s_axis_tvalid (in_tvalid && !hung_q),
        .s_axis_tready (body_ready),
        .m_axis_tdata  (out_tdata),
        .m_axis_tkeep  (out_tkeep),
        .m_axis_tuser  (out_tuser),
        .m_axis_tlast  (out_tlast),
        .m_axis_tvalid (out_tvalid),
        .m_axis_tready (out_tready),
        .idle          (body_idle),
        .fn_id         (fn_id),
        .layout        (layout),
        .capacity      (capacity),
        .capacity_1    (capacity_1),
        .in_packets    (in_packets),
        .out_packets   (out_packets),
        .words         (words),
        .words_1       (words_1),
        .tap_valid     (tap_valid),
        .tap_data      (tap_data)
    );

    wire unused = &{1'b0, control[31:3], hang_limit[31:16], epoch, window[31:16], walk[31:8]};

`ifdef FORMAL
    // A write to the body happens once, when nothing is inside; from the clock
    // after it was asked for until it is acknowledged, only items that have begun
    // enter; beats leave in number as they came, unless the slot hangs, after which
    // none reaches the body and none comes from it.  The body passes beats on, after
    // any time, or never.  The host's write is acknowledged when it has happened, and
    // only then; nothing begins to enter while slot_watch holds the gate.
    //
    // Of the host: a request is held until it is acknowledged, one at a time.
    reg        past_q = 1'b0;
    reg  [2:0] f_inside_q;              // beats that entered and have not left
    reg        f_asked_q;               // a write to the body waits, on the bus
    wire       f_write = we && !is_common;
    wire [2:0] f_count = {2'd0, !in_empty} + {2'd0, !body_idle} + {2'd0, m_axis_tvalid}
                       + {2'd0, EDGE != 0 && !out_tready};

    always @(posedge clk) begin
        past_q     <= 1'b1;
        f_inside_q <= f_inside_q + {2'd0, enter} - {2'd0, leave};
        f_asked_q  <= f_write && !ack;
        if (srst)
            f_inside_q <= 3'd0;
        if (rst)
            f_asked_q <= 1'b0;
        if (!past_q)
            assume (rst);
        assume (!(csr_we && csr_re));
        if (past_q && !$past(rst) && $past((csr_we || csr_re) && !csr_ack))
            assume (csr_we == $past(csr_we) && csr_re == $past(csr_re)
                    && csr_addr == $past(csr_addr) && csr_wdata == $past(csr_wdata));
        if (past_q && !rst) begin
            if (!hung_q)
                assert (f_inside_q == f_count);
            assert (!we_body || (quiet && hold_q && !enter));
            if (we_body && !hung_q)
                assert (f_inside_q == 3'd0);
            assert (!f_asked_q || hold_q);
            assert (!(f_asked_q && enter) || mid_q);
            assert (!(watch_hold && enter) || mid_q);
            assert (!csr_ack || csr_we || csr_re);
            // RESET comes by the bus: it cuts none of slot_watch's accesses short.
            assert (!control[2] || (we == csr_we && re == csr_re));
            assert (out_tready || m_axis_tvalid);
            // The hung slot's input always goes on.
            assert (!hung_q || in_tready);
        end
        if (past_q && !rst && !$past(srst)) begin
            assert (!$past(enter) || mid_q == !$past(s_axis_tlast));
            assert ($past(enter) || mid_q == $past(mid_q));
            if ($past(hung_q) && !srst)
                assert (hung_q);
            if ($past(hung_q))
                assert (!(m_axis_tvalid && !$past(m_axis_tvalid)));
            if ($past(m_axis_tvalid && !m_axis_tready)) begin
                assert (m_axis_tvalid && m_axis_tlast == $past(m_axis_tlast));
                assert (m_axis_tdata[1:0] == $past(m_axis_tdata[1:0]));
            end
            if ($past(we_body))
                assert (ack && !we_body);
            if (csr_ack && csr_we && csr_addr[7])
                assert ($past(we_body) && csr_addr == $past(addr) && csr_wdata == $past(wdata));
            if (we_ack_q && f_write)
                assert ($past(we_body));
            cover ($past(we_body) && items_in_q == 32'd2);
            cover (f_asked_q && enter && hold_q);
            cover (hung_q && enter && s_axis_tlast && $past(hung_q && enter));
        end
    end
`endif
endmodule
`default_nettype wire
