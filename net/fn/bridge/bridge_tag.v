// bridge_tag.v - packets get the tag of their VLAN as they leave.  1 beat/clk; one that
// gets a tag takes a clock more where it grows by a beat.  Latency 5, 3, 2 clk at 1, 2,
// more words a beat.
//
//   s_axis -> net_shift: a word more behind the addresses -> net_edit: type, TCI -> m_axis
`default_nettype none
module bridge_tag #(
    parameter W = 64                    // stream width in bits: 32, 64, 128, 256
) (
    input  wire           clk,
    input  wire           rst,
    // packets in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // constant over a packet
    input  wire           s_set,        // its tag is to be 's_tci'
    input  wire           s_push,       // it has none so far; only with 's_set'
    input  wire [15:0]    s_tci,
    // packets out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // nothing inside
    output wire           empty
);
    localparam [4:0] TYPE_AT = 5'd6, TCI_AT = 5'd7;     // in words of 16 bits

    wire [W-1:0] shift_tdata;
    wire         set;
    wire [15:0]  tci;

    net_shift #(.W (W), .U (65)) shift (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (s_axis_tdata),
        .s_axis_tkeep  (s_axis_tkeep),
        .s_axis_tlast  (s_axis_tlast),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .s_user        ({s_set, s_tci, s_axis_tuser}),
        .s_at          (3'd3),
        .s_move        (s_push ? 3'd2 : 3'd3),
        .m_axis_tdata  (shift_tdata),
        .m_axis_tkeep  (m_axis_tkeep),
        .m_axis_tlast  (m_axis_tlast),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .m_user        ({set, tci, m_axis_tuser}),
        .empty         (empty)
    );

    net_edit #(.W (W), .E (2), .A (5)) edit (
        .clk    (clk),
        .rst    (rst),
        .beat   (m_axis_tvalid && m_axis_tready),
        .tdata  (shift_tdata),
        .tlast  (m_axis_tlast),
        .on     ({2{set}}),
        .at     ({TCI_AT, TYPE_AT}),
        .to     ({tci, 16'h8100}),
        .edited (m_axis_tdata)
    );
endmodule
`default_nettype wire
