// fabric.v - all there is on a board behind its byte port: the link to the host
// and one slot.
//
//   rx -> link -> slot -+
//   tx <- link <--------+ packets, telemetry
`default_nettype none
module fabric #(
    parameter W           = 64,         // stream width in bits: 32, 64
    parameter CLOCK_HZ    = 0,          // of clk
    parameter BUILD       = 0,          // hash of what the bitstream was made from
    parameter WATCH       = 0,          // 1: the slot has taps and gives telemetry
    parameter LOG2_RX     = 11,         // receive buffer, 2^LOG2_RX bytes, 11..14
    parameter LOG2_RESEND = 20          // see link_tx
) (
    input  wire       clk,
    input  wire       rst,
    // bytes from the host
    input  wire [7:0] rx_tdata,
    input  wire       rx_tvalid,
    output wire       rx_tready,
    // bytes to the host
    output wire [7:0] tx_tdata,
    output wire       tx_tvalid,
    input  wire       tx_tready
);
    wire           slot_rst, idle, hung;
    wire           csr_we, csr_re, csr_ack;
    wire [7:0]     csr_slot, csr_addr;
    wire [31:0]    csr_wdata, csr_rdata;
    wire [W-1:0]   in_tdata,  out_tdata;
    wire [W/8-1:0] in_tkeep,  out_tkeep;
    wire [47:0]    in_tuser,  out_tuser;
    wire [7:0]     in_tdest;
    wire           in_tlast,  out_tlast;
    wire           in_tvalid, out_tvalid;
    wire           in_tready, out_tready;
    wire [7:0]     tele_tdata;
    wire           tele_tlast, tele_tvalid, tele_tready;

    link #(.W (W), .N_SLOTS (1), .CLOCK_HZ (CLOCK_HZ), .BUILD (BUILD),
           .LOG2_RX (LOG2_RX), .LOG2_RESEND (LOG2_RESEND)) host (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_slot      (csr_slot),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .rx_tdata      (rx_tdata),
        .rx_tvalid     (rx_tvalid),
        .rx_tready     (rx_tready),
        .tx_tdata      (tx_tdata),
        .tx_tvalid     (tx_tvalid),
        .tx_tready     (tx_tready),
        .s_axis_tdata  (out_tdata),
        .s_axis_tkeep  (out_tkeep),
        .s_axis_tuser  (out_tuser),
        .s_axis_tid    (8'd0),
        .s_axis_tlast  (out_tlast),
        .s_axis_tvalid (out_tvalid),
        .s_axis_tready (out_tready),
        .s_axis_tele_tdata  (tele_tdata),
        .s_axis_tele_tid    (8'd0),
        .s_axis_tele_tlast  (tele_tlast),
        .s_axis_tele_tvalid (tele_tvalid),
        .s_axis_tele_tready (tele_tready),
        .m_axis_tdata  (in_tdata),
        .m_axis_tkeep  (in_tkeep),
        .m_axis_tuser  (in_tuser),
        .m_axis_tdest  (in_tdest),
        .m_axis_tlast  (in_tlast),
        .m_axis_tvalid (in_tvalid),
        .m_axis_tready (in_tready),
        .slot_rst      (slot_rst),
        .idle          (idle),
        .hung          (hung)
    );

    slot #(.W (W), .EDGE (0), .WATCH (WATCH)) slot0 (
        .clk           (clk),
        .rst           (slot_rst),
        .csr_we        (csr_we),
        .csr_re        (csr_re),
        .csr_ack       (csr_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (csr_rdata),
        .s_axis_tdata  (in_tdata),
        .s_axis_tkeep  (in_tkeep),
        .s_axis_tuser  (in_tuser),
        .s_axis_tlast  (in_tlast),
        .s_axis_tvalid (in_tvalid),
        .s_axis_tready (in_tready),
        .m_axis_tdata  (out_tdata),
        .m_axis_tkeep  (out_tkeep),
        .m_axis_tuser  (out_tuser),
        .m_axis_tlast  (out_tlast),
        .m_axis_tvalid (out_tvalid),
        .m_axis_tready (out_tready),
        .tele_tdata    (tele_tdata),
        .tele_tlast    (tele_tlast),
        .tele_tvalid   (tele_tvalid),
        .tele_tready   (tele_tready),
        .idle          (idle),
        .hung          (hung)
    );

    // link_parse sends to slot 0 only; more slots bring a crossbar.
    wire unused = &{1'b0, in_tdest, csr_slot};
endmodule
`default_nettype wire
