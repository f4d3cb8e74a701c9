// crossbar_pair.v - the crossbar and two slots of one function, whole: slots 0
// and 1 are there, the other places are empty.  For tests only: the reference for
// slots that are clocked one by one (sim/crossbar.cpp).
`default_nettype none
module crossbar_pair #(
    parameter W = 64                    // stream width in bits: 32, 64
) (
    input  wire           clk,
    input  wire           rst,
    input  wire [31:0]    next,
    // registers: one bus, csr_we and csr_ack of each slot
    input  wire [1:0]     csr_we,
    output wire [1:0]     csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    // from the host
    input  wire [W-1:0]   s_axis_host_tdata,
    input  wire [W/8-1:0] s_axis_host_tkeep,
    input  wire [47:0]    s_axis_host_tuser,
    input  wire           s_axis_host_tlast,
    input  wire [3:0]     s_axis_host_tdest,
    input  wire           s_axis_host_tvalid,
    output wire           s_axis_host_tready,
    // to the host
    output wire [W-1:0]   m_axis_host_tdata,
    output wire [W/8-1:0] m_axis_host_tkeep,
    output wire [47:0]    m_axis_host_tuser,
    output wire           m_axis_host_tlast,
    output wire [3:0]     m_axis_host_tid,
    output wire           m_axis_host_tvalid,
    input  wire           m_axis_host_tready,
    output wire           slots_idle,
    output wire           idle
);
    localparam N = 8;

    wire [N*W-1:0]   to_tdata,  from_tdata;
    wire [N*W/8-1:0] to_tkeep,  from_tkeep;
    wire [N*48-1:0]  to_tuser,  from_tuser;
    wire [N-1:0]     to_tlast,  from_tlast;
    wire [N-1:0]     to_tvalid, from_tvalid;
    wire [N-1:0]     to_tready, from_tready;
    wire [1:0]       is_idle;

    assign slots_idle = is_idle == 2'b11;

    genvar k;
    generate
        for (k = 0; k < N; k = k + 1) begin : place
            if (k < 2) begin : slot
                wire [31:0] csr_rdata;
                wire        hung;
                wire [9:0]  tele;
                wire        unused = &{1'b0, csr_rdata, hung, tele};
                slot #(.W (W)) slot (
                    .clk           (clk),
                    .rst           (rst),
                    .csr_we        (csr_we[k]),
                    .csr_re        (1'b0),
                    .csr_ack       (csr_ack[k]),
                    .csr_addr      (csr_addr),
                    .csr_wdata     (csr_wdata),
                    .csr_rdata     (csr_rdata),
                    .s_axis_tdata  (to_tdata[k*W +: W]),
                    .s_axis_tkeep  (to_tkeep[k*W/8 +: W/8]),
                    .s_axis_tuser  (to_tuser[k*48 +: 48]),
                    .s_axis_tlast  (to_tlast[k]),
                    .s_axis_tvalid (to_tvalid[k]),
                    .s_axis_tready (to_tready[k]),
                    .m_axis_tdata  (from_tdata[k*W +: W]),
                    .m_axis_tkeep  (from_tkeep[k*W/8 +: W/8]),
                    .m_axis_tuser  (from_tuser[k*48 +: 48]),
                    .m_axis_tlast  (from_tlast[k]),
                    .m_axis_tvalid (from_tvalid[k]),
                    .m_axis_tready (from_tready[k]),
                    .tele_tdata    (tele[7:0]),
                    .tele_tlast    (tele[8]),
                    .tele_tvalid   (tele[9]),
                    .tele_tready   (1'b1),
                    .idle          (is_idle[k]),
                    .hung          (hung)
                );
            end else begin : none
                assign from_tdata[k*W +: W]       = {W{1'b0}};
                assign from_tkeep[k*W/8 +: W/8]   = {(W/8){1'b0}};
                assign from_tuser[k*48 +: 48]     = 48'd0;
                assign from_tlast[k]              = 1'b0;
                assign from_tvalid[k]             = 1'b0;
                assign to_tready[k]               = 1'b0;
            end
        end
    endgenerate

    crossbar #(.W (W), .N (N)) crossbar (
        .clk                (clk),
        .rst                (rst),
        .next               (next),
        .s_axis_host_tdata  (s_axis_host_tdata),
        .s_axis_host_tkeep  (s_axis_host_tkeep),
        .s_axis_host_tuser  (s_axis_host_tuser),
        .s_axis_host_tlast  (s_axis_host_tlast),
        .s_axis_host_tdest  (s_axis_host_tdest),
        .s_axis_host_tvalid (s_axis_host_tvalid),
        .s_axis_host_tready (s_axis_host_tready),
        .s_axis_slot_tdata  (from_tdata),
        .s_axis_slot_tkeep  (from_tkeep),
        .s_axis_slot_tuser  (from_tuser),
        .s_axis_slot_tlast  (from_tlast),
        .s_axis_slot_tvalid (from_tvalid),
        .s_axis_slot_tready (from_tready),
        .m_axis_slot_tdata  (to_tdata),
        .m_axis_slot_tkeep  (to_tkeep),
        .m_axis_slot_tuser  (to_tuser),
        .m_axis_slot_tlast  (to_tlast),
        .m_axis_slot_tvalid (to_tvalid),
        .m_axis_slot_tready (to_tready),
        .m_axis_host_tdata  (m_axis_host_tdata),
        .m_axis_host_tkeep  (m_axis_host_tkeep),
        .m_axis_host_tuser  (m_axis_host_tuser),
        .m_axis_host_tlast  (m_axis_host_tlast),
        .m_axis_host_tid    (m_axis_host_tid),
        .m_axis_host_tvalid (m_axis_host_tvalid),
        .m_axis_host_tready (m_axis_host_tready),
        .idle               (idle)
    );

    wire unused = &{1'b0, to_tdata[N*W-1:2*W], to_tkeep[N*W/8-1:2*W/8],
                    to_tuser[N*48-1:96], to_tlast[N-1:2], to_tvalid[N-1:2],
                    from_tready[N-1:2]};
endmodule
`default_nettype wire
