// slot_pins.v - a slot with its function on four pins, so that its size and clock
// can be measured without a link: every input is a flip-flop of a shift register,
// every output goes into one.  rtl/tools/bit.sh subtracts N_IN + N_OUT cells.
`default_nettype none
module slot_pins #(
    parameter        W     = 64,        // stream width in bits: 32, 64
    parameter [31:0] BUILD = 32'd0      // hash of the sources
) (
    input  wire clk,
    input  wire rst,
    input  wire d,
    output wire q
);
    localparam N_IN  = W + W/8 + 93;
    localparam N_OUT = W + W/8 + 86;

    reg  [N_IN-1:0]  in_q;
    reg  [N_OUT-1:0] out_q;
    wire [N_OUT-1:0] out;

    assign q = out_q[N_OUT-1];

    always @(posedge clk) begin
        in_q  <= {in_q[N_IN-2:0], d};
        out_q <= {out_q[N_OUT-2:0], 1'b0} ^ out;
    end

    wire [9:0] tele;                    // none
    wire unused = &{1'b0, tele};

    slot #(.W (W), .WATCH (0), .BUILD (BUILD)) measured (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (in_q[0]),
        .csr_re        (in_q[1]),
        .csr_ack       (out[0]),
        .csr_addr      (in_q[9:2]),
        .csr_wdata     (in_q[41:10]),
        .csr_rdata     (out[32:1]),
        .s_axis_tdata  (in_q[W+92:93]),
        .s_axis_tkeep  (in_q[W+W/8+92:W+93]),
        .s_axis_tuser  (in_q[89:42]),
        .s_axis_tlast  (in_q[90]),
        .s_axis_tvalid (in_q[91]),
        .s_axis_tready (out[33]),
        .m_axis_tdata  (out[W+85:86]),
        .m_axis_tkeep  (out[W+W/8+85:W+86]),
        .m_axis_tuser  (out[81:34]),
        .m_axis_tlast  (out[82]),
        .m_axis_tvalid (out[83]),
        .m_axis_tready (in_q[92]),
        .tele_tdata    (tele[7:0]),
        .tele_tlast    (tele[8]),
        .tele_tvalid   (tele[9]),
        .tele_tready   (1'b1),
        .idle          (out[84]),
        .hung          (out[85])
    );
endmodule
`default_nettype wire
