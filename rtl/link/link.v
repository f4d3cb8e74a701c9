// link.v - the fabric's end of the link to the host (docs/LINK.md): a stream of
// bytes each way on one side; on the other packets for the slots, packets from
// them, and the register bus.  1 byte/clk both ways.
//
//   rx -> link_rx -> link_parse -> m_axis, register bus
//            |            |
//         ack, limit    tell
//            v            v
//   tx <- link_tx <- link_build <- s_axis, s_axis_tele
//
// Slot 255 is the fabric itself (rtl/fabric.csr) and answered in here.
`default_nettype none
module link #(
    parameter W           = 64,         // stream width in bits: 32, 64
    parameter N_SLOTS     = 1,
    parameter CLOCK_HZ    = 0,          // of clk
    parameter BUILD       = 0,          // hash of what the bitstream was made from
    parameter LOG2_RX     = 11,         // receive buffer, 2^LOG2_RX bytes, 11..14
    parameter LOG2_RESEND = 20          // see link_tx
) (
    input  wire           clk,
    input  wire           rst,
    // register bus of the slots
    output wire           csr_we,
    output wire           csr_re,
    input  wire           csr_ack,
    output wire [7:0]     csr_slot,
    output wire [7:0]     csr_addr,
    output wire [31:0]    csr_wdata,
    input  wire [31:0]    csr_rdata,    // 0 but with csr_ack
    // bytes from and to the host
    input  wire [7:0]     rx_tdata,
    input  wire           rx_tvalid,
    output wire           rx_tready,
    output wire [7:0]     tx_tdata,
    output wire           tx_tvalid,
    input  wire           tx_tready,
    // packets from the slots
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire [7:0]     s_axis_tid,   // the slot
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // telemetry from the slots
    input  wire [7:0]     s_axis_tele_tdata,
    input  wire [7:0]     s_axis_tele_tid,
    input  wire           s_axis_tele_tlast,
    input  wire           s_axis_tele_tvalid,
    output wire           s_axis_tele_tready,
    // packets to the slots
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire [7:0]     m_axis_tdest, // the slot
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // slots
    output wire           slot_rst,     // a new session
    input  wire           idle,
    input  wire           hung
);
    // --- a new session resets everything behind the frames -------------------
    wire       open;
    reg  [3:0] rst_left_q;
    reg        session_rst_q;

    always @(posedge clk) begin
        session_rst_q <= rst || open || rst_left_q != 4'd0;
        if (rst || open)
            rst_left_q <= 4'd15;
        else if (rst_left_q != 4'd0)
            rst_left_q <= rst_left_q - 4'd1;
    end

    assign slot_rst = session_rst_q;

    // --- frames -----------------------------------------------------------------
    wire        active, said, said_far, back, hello, owe, gap, taken, bad_header, bad_payload, resent;
    wire [3:0]  session;
    wire [31:0] tail_pos, next;
    wire [12:0] said_ack, said_limit, head, tail;
    wire [15:0] free;
    wire [11:0] ring_waddr;
    wire [7:0]  pipe_tdata, ring_wdata;
    wire        pipe_tvalid, pipe_tready, ring_we;

    link_rx #(.LOG2 (LOG2_RX)) frames_in (
        .clk           (clk),
        .rst           (rst),
        .rx_tdata      (rx_tdata),
        .rx_tvalid     (rx_tvalid),
        .rx_tready     (rx_tready),
        .m_axis_tdata  (pipe_tdata),
        .m_axis_tvalid (pipe_tvalid),
        .m_axis_tready (pipe_tready),
        .open_q        (open),
        .active_q      (active),
        .session_q     (session),
        .tail          (tail_pos),
        .said_q        (said),
        .said_ack      (said_ack),
        .said_limit    (said_limit),
        .said_far      (said_far),
        .back_q        (back),
        .hello_q       (hello),
        .owe_q         (owe),
        .gap_q         (gap),
        .taken_q       (taken),
        .next          (next),
        .free          (free),
        .bad_header_q  (bad_header),
        .bad_payload_q (bad_payload)
    );

    link_tx #(.LOG2 (12), .LOG2_RESEND (LOG2_RESEND)) frames_out (
        .clk        (clk),
        .rst        (rst),
        .open       (open),
        .active     (active),
        .session    (session),
        .tail_pos   (tail_pos),
        .said       (said),
        .said_ack   (said_ack),
        .said_limit (said_limit),
        .said_far   (said_far),
        .back       (back),
        .hello      (hello),
        .owe        (owe),
        .gap        (gap),
        .taken      (taken),
        .next       (next),
        .free       (free),
        .we         (ring_we),
        .waddr      (ring_waddr),
        .wdata      (ring_wdata),
        .head       (head),
        .tail       (tail),
        .tx_tdata   (tx_tdata),
        .tx_tvalid  (tx_tvalid),
        .tx_tready  (tx_tready),
        .resent_q   (resent)
    );

    // --- records --------------------------------------------------------------
    wire        bus_we, bus_re, bus_ack, self_ack;
    wire [31:0] bus_rdata, self_rdata;
    wire        is_self = csr_slot[7];
    wire        tell, tell_tvalid, tell_tready;
    wire [7:0]  tell_tdata;

    assign csr_we    = bus_we && !is_self;
    assign csr_re    = bus_re && !is_self;
    assign bus_ack   = is_self ? self_ack || bus_we : csr_ack;
    assign bus_rdata = self_rdata | csr_rdata;          // 0 but when acknowledged

    // A host's access waits for telemetry that is on its way, too, so that an answer
    // stands behind the frames of all windows that ended before it.
    link_parse #(.W (W)) parse (
        .clk                (clk),
        .rst                (session_rst_q),
        .s_axis_tdata       (pipe_tdata),
        .s_axis_tvalid      (pipe_tvalid),
        .s_axis_tready      (pipe_tready),
        .m_axis_tdata       (m_axis_tdata),
        .m_axis_tkeep       (m_axis_tkeep),
        .m_axis_tuser       (m_axis_tuser),
        .m_axis_tdest       (m_axis_tdest),
        .m_axis_tlast       (m_axis_tlast),
        .m_axis_tvalid      (m_axis_tvalid),
        .m_axis_tready      (m_axis_tready),
        .csr_we             (bus_we),
        .csr_re             (bus_re),
        .csr_slot           (csr_slot),
        .csr_addr           (csr_addr),
        .csr_wdata          (csr_wdata),
        .csr_ack            (bus_ack),
        .csr_rdata          (bus_rdata),
        .idle               (idle && !s_axis_tele_tvalid),
        .hung               (hung),
        .stalled            (s_axis_tvalid && !s_axis_tready),
        .tell               (tell),
        .m_axis_tell_tdata  (tell_tdata),
        .m_axis_tell_tvalid (tell_tvalid),
        .m_axis_tell_tready (tell_tready)
    );

    link_build #(.W (W)) build (
        .clk                (clk),
        .rst                (session_rst_q),
        .s_axis_tdata       (s_axis_tdata),
        .s_axis_tkeep       (s_axis_tkeep),
        .s_axis_tuser       (s_axis_tuser),
        .s_axis_tid         (s_axis_tid),
        .s_axis_tlast       (s_axis_tlast),
        .s_axis_tvalid      (s_axis_tvalid),
        .s_axis_tready      (s_axis_tready),
        .s_axis_tele_tdata  (s_axis_tele_tdata),
        .s_axis_tele_tid    (s_axis_tele_tid),
        .s_axis_tele_tlast  (s_axis_tele_tlast),
        .s_axis_tele_tvalid (s_axis_tele_tvalid),
        .s_axis_tele_tready (s_axis_tele_tready),
        .tell               (tell),
        .s_axis_tell_tdata  (tell_tdata),
        .s_axis_tell_tvalid (tell_tvalid),
        .s_axis_tell_tready (tell_tready),
        .we                 (ring_we),
        .waddr              (ring_waddr),
        .wdata              (ring_wdata),
        .head               (head),
        .tail               (tail)
    );

    // --- slot 255 -------------------------------------------------------------
    reg  [15:0] taken_q, resent_q;
    reg  [7:0]  headers_q, payloads_q;

    always @(posedge clk) begin
        taken_q    <= taken_q + {15'd0, taken};
        headers_q  <= headers_q + {7'd0, bad_header};
        payloads_q <= payloads_q + {7'd0, bad_payload};
        resent_q   <= resent_q + {15'd0, resent};
        if (rst) begin
            taken_q    <= 16'd0;
            headers_q  <= 8'd0;
            payloads_q <= 8'd0;
            resent_q   <= 16'd0;
        end
    end

    fabric_csr self (
        .clk          (clk),
        .rst          (rst),
        .csr_we       (1'b0),
        .csr_re       (bus_re && is_self),
        .csr_ack      (self_ack),
        .csr_addr     (csr_addr),
        .csr_wdata    (csr_wdata),
        .csr_rdata    (self_rdata),
        .magic        (32'h50434642),
        .protocol     (32'd1),
        .n_slots      (N_SLOTS),
        .width        (W),
        .build        (BUILD),
        .clock_hz     (CLOCK_HZ),
        .taken        ({16'd0, taken_q}),
        .bad_headers  ({24'd0, headers_q}),
        .bad_payloads ({24'd0, payloads_q}),
        .resent       ({16'd0, resent_q})
    );
endmodule
`default_nettype wire
